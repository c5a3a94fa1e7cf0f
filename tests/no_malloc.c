/* no_malloc.c - a program of layers 0 to 4 in static memory. Its malloc is the
 * end of it, so it runs to its last line only if nothing allocates. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "weft.h"

static void say(const char *text)
{
    size_t rest = strlen(text);

    while (rest > 0) {
        ssize_t count = write(STDOUT_FILENO, text, rest);

        if (count <= 0) {
            _exit(2);
        }
        text += count;
        rest -= (size_t)count;
    }
}

static void allocated(void)
{
    say("FAIL layers_0_to_4_allocate_nothing: something called malloc\n");
    _exit(1);
}

void *malloc(size_t size)
{
    (void)size;
    allocated();
    return NULL;
}

void *calloc(size_t count, size_t size)
{
    (void)count, (void)size;
    allocated();
    return NULL;
}

void *realloc(void *block, size_t size)
{
    (void)block, (void)size;
    allocated();
    return NULL;
}

void free(void *block)
{
    if (block != NULL) {
        allocated();
    }
}

static int places[2];
static struct weft_queue queue = WEFT_QUEUE(places);
static struct weft_event done;
static long sum;

struct producer {
    struct weft_frame frame;
    int i;
};

static async producer(struct weft_frame *frame)
{
    ASYNC_BEGIN(producer);
    for (self->i = 1; self->i <= 10; self->i++) {
        AWAIT(weft_queue_put(&queue, &self->i));
        AWAIT(weft_sleep(self->i % 3));
    }
    ASYNC_END;
}

struct consumer {
    struct weft_frame frame;
    struct weft_wait_for limit;
    struct weft_timeout timeout;
    int item;
    int error;
};

static async consumer(struct weft_frame *frame)
{
    ASYNC_BEGIN(consumer);
    ASYNC_WITH(&self->timeout, weft_timeout(&self->timeout, 100)) {
        ASYNC_TRY {
            for (;;) {
                AWAIT(weft_wait_for(&self->limit,
                                    weft_queue_get(&queue, &self->item), 5));
                sum += self->item;
            }
        }
        ASYNC_CATCH(self->error) {
            weft_event_set(&done);
        }
    }
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct producer producer;
    struct consumer consumer;
    struct weft_task tasks[2];
    struct weft_join joins[2];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    if (START(&self->tasks[0], &self->producer, producer) < 0 ||
        START(&self->tasks[1], &self->consumer, consumer) < 0) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    self->joins[0].task = &self->tasks[0];
    self->joins[1].task = &self->tasks[1];
    AWAIT(weft_event_wait(&done));
    AWAIT(weft_gather(self->joins, 2, 0));
    weft_join_release(self->joins, 2);
    ASYNC_END;
}

int main(void)
{
    static struct weft_heap_place alarms[8];
    static struct weft_sim sim;
    static struct weft_loop loop;
    int status;

    weft_sim_init(&sim);
    weft_loop_init(&loop, &sim.driver);
    weft_loop_set_alarms(&loop, alarms, 8);
    status = ASYNC_RUN_IN(&loop, program);
    if (status == 0 && sum == 55 && weft_loop_close(&loop) == 0) {
        say("ok layers_0_to_4_allocate_nothing\n");
        _exit(0);
    }
    say("FAIL layers_0_to_4_allocate_nothing: wrong outcome\n");
    _exit(1);
}
