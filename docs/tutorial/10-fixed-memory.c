/* 10-fixed-memory.c - an echo on a serial line: no heap, no sockets. */
#include <stdio.h>
#include <weft.h>

/* [echo] */
static char bytes[8]; /* received, and not read yet */
static struct weft_queue received = WEFT_QUEUE(bytes);

struct echo {
    struct weft_frame frame;
    struct weft_wait_for idle;
    char byte;
};

static async echo(struct weft_frame *frame)
{
    ASYNC_BEGIN(echo);
    for (;;) {
        AWAIT(weft_wait_for(&self->idle, weft_queue_get(&received, &self->byte),
                            30));
        putchar(self->byte); /* on a board: the transmitter's register */
    }
    ASYNC_END;
}
/* [echo] */

/* [interrupt] */
static struct weft_loop loop;
static struct weft_handle arrived; /* all zero: idle */
static volatile bool is_busy;      /* `arrived` is on its way */
static char data_register;

static void take_byte(void *byte) /* in the loop */
{
    weft_queue_put_nowait(&received, byte); /* lost if it is full */
    is_busy = false;
}

static void receive_interrupt(char byte) /* between any two instructions */
{
    if (!is_busy) { /* else the byte is lost: the loop was too slow */
        is_busy = true;
        data_register = byte;
        weft_call_soon_threadsafe(&loop, &arrived, take_byte, &data_register);
    }
}

struct wire { /* plays the part of the hardware */
    struct weft_frame frame;
    const char *next;
};

static async wire(struct weft_frame *frame)
{
    ASYNC_BEGIN(wire);
    for (; *self->next != '\0'; self->next++) {
        AWAIT(weft_sleep(0.001));
        receive_interrupt(*self->next);
    }
    ASYNC_END;
}
/* [interrupt] */

/* [main] */
static struct weft_sim sim;              /* on a board: its own driver */
static struct weft_heap_place alarms[3]; /* two tasks and one deadline */
static struct weft_task tasks[2];
static struct echo echo_slot;
static struct wire wire_slot;

int main(void)
{
    weft_sim_init(&sim);
    weft_loop_init(&loop, &sim.driver);
    weft_loop_set_alarms(&loop, alarms, 3);
    if (START(&tasks[0], &echo_slot, echo) < 0 ||
        START(&tasks[1], &wire_slot, wire, .next = "hello\nno heap\n") < 0) {
        return 1; /* WEFT_ENOMEM: too few alarms */
    }
    weft_loop_run_until_complete(&loop, &tasks[0]);
    printf("%d ms: %s\n",
           (int)(weft_loop_ticks(&loop) / (WEFT_TICKS_PER_SECOND / 1000)),
           weft_error_message(weft_task_error(&tasks[0])));
    weft_task_release(&tasks[0]);
    weft_task_release(&tasks[1]);
    return weft_loop_close(&loop) ? 1 : 0;
}
/* [main] */
