/* trap.c - say which rule was broken, and end. A product would begin anew. */
#include <weft.h>

#include "board.h"

static void put_text(const char *text)
{
    while (*text != '\0') {
        board_put(*text++);
    }
}

void weft_port_trap(const char *message, const char *name, const char *file,
                    int line)
{
    (void)file, (void)line;
    put_text("weft: ");
    put_text(name);
    put_text(": ");
    put_text(message);
    board_put('\n');
    board_end(98);
}
