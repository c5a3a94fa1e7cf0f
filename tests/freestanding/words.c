/* words.c - a program for a device that uses the words which most programs do:
 * its size is that of the kernel, sleep, event, lock, queue and group. The
 * times are constants: none may bring floating point into the image. */
#include <weft.h>

static struct weft_bare bare;
static struct weft_loop loop;
static struct weft_heap_place places[4];
static struct weft_event event;
static struct weft_lock lock;
static int items[4];
static struct weft_queue queue = WEFT_QUEUE(items);

struct worker {
    struct weft_frame frame;
    int item;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    AWAIT(weft_event_wait(&event));
    AWAIT(weft_lock_acquire(&lock));
    AWAIT(weft_sleep(0.5));
    AWAIT(weft_sleep(3600));
    AWAIT(weft_sleep(0.001));
#if defined(TOO_LONG)
    AWAIT(weft_sleep(1500000));
#endif
    weft_lock_release(&lock);
    AWAIT(weft_queue_put(&queue, &self->item));
    AWAIT(weft_queue_get(&queue, &self->item));
    weft_event_set(&event);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_child child;
    struct weft_task task;
    struct worker worker;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        if (START(&self->task, &self->worker, worker) < 0) {
            ASYNC_RAISE(WEFT_ENOMEM);
        }
        weft_group_add(&self->group, &self->child, &self->task);
    }
    ASYNC_END;
}

/* A task with an int of its own, in 96 bytes. */
struct small {
    struct weft_task task;
    struct weft_frame frame;
    int item;
};
_Static_assert(sizeof(void *) > 4 || sizeof(struct small) <= 96,
               "a small task takes more than 96 bytes");

int main(void)
{
    static struct weft_task task;
    static struct program main_program;

    weft_bare_init(&bare);
    weft_loop_init(&loop, &bare.driver);
    weft_loop_set_alarms(&loop, places, 4);
    return START(&task, &main_program, program) || weft_loop_run_forever(&loop);
}
