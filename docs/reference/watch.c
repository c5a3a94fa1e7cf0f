/* watch.c - a worker that keeps to the newest settings. */
#include <stdio.h>
#include <weft.h>

struct settings {
    int volume;
};

static struct settings current = {.volume = 5};
static struct weft_watch settings = WEFT_WATCH(current);

struct worker {
    struct weft_frame frame;
    size_t seen;
    int err;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    printf("begins with volume %d\n", current.volume);
    ASYNC_TRY {
        for (;;) {
            AWAIT(weft_watch_changed(&settings, &self->seen));
            printf("version %zu: volume %d\n", self->seen, current.volume);
            AWAIT(weft_sleep(1)); /* it takes a while to apply them */
        }
    }
    ASYNC_CATCH(self->err) {
        printf("no more: %s\n", weft_error_name(self->err));
    }
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_task *worker;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->worker = SPAWN(worker);
    AWAIT(weft_sleep(1));
    weft_watch_set(&settings, &(struct settings){.volume = 6});
    AWAIT(weft_sleep(0.5));
    weft_watch_set(&settings, &(struct settings){.volume = 7}); /* missed */
    weft_watch_set(&settings, &(struct settings){.volume = 8});
    weft_watch_close(&settings);
    AWAIT(weft_join(self->worker));
    weft_task_release(self->worker);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
