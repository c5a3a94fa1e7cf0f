/* lock.c - three tasks, one printer. */
#include <stdio.h>
#include <weft.h>

static struct weft_lock printer;

struct job {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    const char *name;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &printer)) {
        printf("%g s: %s begins\n", weft_loop_time(weft_loop_current()),
               self->name);
        AWAIT(weft_sleep(1));
    }
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join jobs[3];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->jobs[0].task = SPAWN(job, .name = "a");
    self->jobs[1].task = SPAWN(job, .name = "b");
    self->jobs[2].task = SPAWN(job, .name = "c");
    AWAIT(weft_sleep(0.5));
    weft_task_cancel(self->jobs[1].task); /* b leaves the line */
    AWAIT(weft_gather(self->jobs, 3, WEFT_RETURN_ERRORS));
    printf("locked: %d\n", weft_lock_locked(&printer));
    weft_join_release(self->jobs, 3);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
