/* oneshot.c - a future with room for a value. */
#include "weft/oneshot.h"

int weft_oneshot_send(struct weft_oneshot *oneshot, const void *value)
{
    if (weft_future_cancelled(&oneshot->future)) {
        return WEFT_ECANCELLED;
    }
    if (weft_future_done(&oneshot->future)) {
        return WEFT_EINVALIDSTATE;
    }
    if (oneshot->size > 0) {
        memcpy(oneshot->value, value, oneshot->size);
    }
    return weft_future_set_result(&oneshot->future, oneshot->value);
}

void weft_oneshot_close(struct weft_oneshot *oneshot)
{
    weft_future_set_error(&oneshot->future, WEFT_ECLOSED);
}
