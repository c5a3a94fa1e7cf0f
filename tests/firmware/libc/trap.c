/* trap.c - a rule was broken: that ends the program, unless a test waits for
 * it. */
#include <weft.h>

#include "../common/board.h"
#include "stdio.h"

void trap_catch(void (*function)(void), char *said, size_t size);

static void *place[5]; /* where to go on */
static char *text;     /* NULL: nobody waits */
static size_t text_size;

/* What the function leaves behind, an open loop for example, is forgotten. */
void trap_catch(void (*function)(void), char *said, size_t size)
{
    struct weft_loop *loop = weft_loop_current_;

    text = said;
    text_size = size;
    if (__builtin_setjmp(place) == 0) {
        function();
    }
    text = NULL;
    weft_loop_current_ = loop;
}

void weft_port_trap(const char *message, const char *name, const char *file,
                    int line)
{
    if (text != NULL) {
        snprintf(text, text_size, "weft: %s at %s:%d: %s\n", name, file, line,
                 message);
        __builtin_longjmp(place, 1);
    }
    printf("FAIL %s at %s:%d: %s\n", name, file, line, message);
    board_end(98);
}
