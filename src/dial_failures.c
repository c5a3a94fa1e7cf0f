/* dial_failures.c - what each address has answered, for people to read. */
#include <stdio.h>
#include <sys/socket.h>

#include "weft/dial.h"

char *weft_dial_failures(const struct weft_dial *dial, char *text, size_t size)
{
    size_t used = 0;

    if (size > 0) {
        text[0] = '\0';
    }
    for (size_t i = 0; i < dial->failure_count && used < size; i++) {
        const struct weft_dial_failure *failure = &dial->failures[i];
        struct weft_address address;
        char place[WEFT_ADDRESS_TEXT];
        int length;

        if (i == WEFT_DIAL_FAILURES) {
            snprintf(text + used, size - used, "; and %zu more",
                     dial->failure_count - i);
            break;
        }
        weft_address_copy(
            &address, (const struct sockaddr *)(const void *)failure->address,
            sizeof failure->address);
        length = snprintf(text + used, size - used, "%sconnect %s: %s",
                          i > 0 ? "; " : "",
                          weft_address_text(&address, place, sizeof place),
                          weft_error_name(failure->error));
        used += length > 0 ? (size_t)length : 0;
    }
    return text;
}
