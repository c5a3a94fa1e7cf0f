/* trap.c - a rule was broken: say in which coroutine, and end. A product would
 * begin anew. */
#include <weft.h>

#include "../common/board.h"
#include "port.h"

static void put_line(int line)
{
    static const int powers[] = {1000, 100, 10, 1};

    for (unsigned char i = 0; i < 4; i++) {
        char digit = '0';

        for (; line >= powers[i]; line -= powers[i]) {
            digit++;
        }
        board_put(digit);
    }
}

_Noreturn void port_trap(void)
{
    const struct weft_task *task = weft_current_task();

    if (task != NULL) {
        for (const char *name = weft_frame_site(task->frame).name;
             *name != '\0'; name++) {
            board_put(*name);
        }
        board_put(':');
        put_line(weft_frame_line(task->frame));
        board_put('\n');
    }
    board_end(98);
}
