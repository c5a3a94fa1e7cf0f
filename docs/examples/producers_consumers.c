/* producers_consumers.c - users and their posts again, over a queue.
 *
 * Two producers find users, three consumers fetch the posts, and neither side
 * knows how many are on the other. The queue has two places: a producer that
 * is too fast waits in its put.
 */
#include <stdio.h>

#include "weft.h"

enum { PRODUCERS = 2, CONSUMERS = 3, USERS_EACH = 3 };
enum { NO_MORE = -1 }; /* the sentinel: no user has this number */

static int places[2];
static struct weft_queue users = WEFT_QUEUE(places);

struct producer {
    struct weft_frame frame;
    int id;
    int found;
    int user;
};

static async producer(struct weft_frame *frame)
{
    ASYNC_BEGIN(producer);
    for (self->found = 0; self->found < USERS_EACH; self->found++) {
        AWAIT(weft_sleep(0.25 * (self->id + 1)));
        self->user = 10 * self->id + self->found;
        AWAIT(weft_queue_put(&users, &self->user)); /* copies it in */
        printf("%4.2f  producer %d put user %d\n",
               weft_loop_time(weft_loop_running()), self->id, self->user);
    }
    ASYNC_END;
}

struct consumer {
    struct weft_frame frame;
    int id;
    int user;
};

static async consumer(struct weft_frame *frame)
{
    ASYNC_BEGIN(consumer);
    for (;;) {
        AWAIT(weft_queue_get(&users, &self->user)); /* copies it out */
        if (self->user == NO_MORE) {
            weft_queue_task_done(&users);
            ASYNC_EXIT;
        }
        AWAIT(weft_sleep(1)); /* the posts of that user */
        printf("%4.2f  consumer %d has the posts of user %d\n",
               weft_loop_time(weft_loop_running()), self->id, self->user);
        weft_queue_task_done(&users);
    }
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join producers[PRODUCERS];
    struct weft_join consumers[CONSUMERS];
    int i;
};

static async program(struct weft_frame *frame)
{
    static const int no_more = NO_MORE;

    ASYNC_BEGIN(program);
    for (int i = 0; i < CONSUMERS; i++) {
        self->consumers[i].task = SPAWN(consumer, .id = i);
    }
    for (int i = 0; i < PRODUCERS; i++) {
        self->producers[i].task = SPAWN(producer, .id = i);
    }
    AWAIT(weft_gather(self->producers, PRODUCERS, 0));
    for (self->i = 0; self->i < CONSUMERS; self->i++) {
        AWAIT(weft_queue_put(&users, &no_more)); /* one for each of them */
    }
    AWAIT(weft_queue_join(&users)); /* until each item is task_done */
    AWAIT(weft_gather(self->consumers, CONSUMERS, 0));
    weft_join_release(self->producers, PRODUCERS);
    weft_join_release(self->consumers, CONSUMERS);
    printf("all after %g seconds\n", weft_loop_time(weft_loop_running()));
    ASYNC_END;
}

/* asyncio.run(program()), on a clock that jumps whenever everybody sleeps. */
int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0; /* on a virtual clock */
}
