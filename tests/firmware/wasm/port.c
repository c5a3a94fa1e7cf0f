/* port.c - weft in a page, or wherever JavaScript has a clock and a timer.
 *
 * A page must not wait: it is called, and has to return. So nobody runs the
 * loop for ever. The host calls step(), which runs turns while there is work,
 * and says when it wants to be called again; between two calls nothing of the
 * program is on any stack. host.mjs is the host's half.
 */
#include <stdlib.h>
#include <time.h>

#include "../common/board.h"
#include "web.h"

/* ---- What the host gives ---- */

#define HOST(name) __attribute__((import_module("host"), import_name(name)))

HOST("now") double host_now(void); /* in milliseconds, and never goes back */
HOST("put") void host_put(int byte);
HOST("end") _Noreturn void host_end(int status); /* throws */

/* ---- What weft wants ---- */

enum { TICKS_PER_MS = WEFT_TICKS_PER_SECOND / 1000 };

weft_ticks weft_port_now(void)
{
    return (weft_ticks)(host_now() * TICKS_PER_MS);
}

/* There are no interrupts: the host calls when nothing of the program runs. */
unsigned weft_port_enter(void)
{
    return 0;
}

void weft_port_exit(unsigned state)
{
    (void)state;
}

/* Turns do not wait. */
void weft_port_idle(weft_ticks timeout)
{
    (void)timeout;
    weft_trap_("a page cannot wait: run turns", "loop", __FILE__, __LINE__);
}

/* ---- What the programs here want ---- */

void board_put(char byte)
{
    host_put((unsigned char)byte);
}

void board_end(int status)
{
    host_end(status);
}

clock_t clock(void)
{
    return (clock_t)host_now();
}

static void *resize(struct weft_allocator *allocator, void *block,
                    size_t old_size, size_t new_size)
{
    (void)allocator, (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_size);
}

static struct weft_allocator memory = {resize};

/* ASYNC_RUN_SIM, whose clock needs no host. */
int weft_run_sim_(struct weft_async (*resume)(struct weft_frame *),
                  struct weft_frame *frame)
{
    struct weft_sim sim;
    struct weft_loop loop;
    int status;

    weft_sim_init(&sim);
    weft_loop_init(&loop, &sim.driver);
    loop.allocator = &memory;
    status = weft_run_in_(&loop, resume, frame);
    weft_loop_cancel_all(&loop);
    weft_loop_close(&loop);
    return status;
}

/* ---- What the host calls ---- */

static struct weft_bare bare;
static struct weft_loop loop;

/* What is written for boards opens loops of its own. Nothing is received. */
void board_open(void (*received)(unsigned char byte))
{
    (void)received;
    weft_loop_close(&loop);
}

int main(void);

/* Let the program start its tasks. 0, or what main returned. */
EXPORT("open") int web_open(void)
{
    weft_bare_init(&bare);
    weft_loop_init(&loop, &bare.driver);
    loop.allocator = &memory;
    return main();
}

/* [step] */
/* Run what is ready, and what that makes ready, for about `budget`
 * milliseconds. Gives how many to wait for the next call, infinity if only an
 * event of the host's can go on, and -1 when all tasks are done. */
EXPORT("step") double web_step(double budget)
{
    double end = host_now() + budget;
    weft_ticks wait;
    int status;

    do {
        status = weft_loop_turn(&loop);
        wait = weft_loop_time_to_wait(&loop);
    } while (status == 0 && wait == 0 && host_now() < end);
    if (loop.task_count == 0 && wait == WEFT_FOREVER) {
        return -1;
    }
    return wait == WEFT_FOREVER ? __builtin_inf() : (double)wait / TICKS_PER_MS;
}
/* [step] */
