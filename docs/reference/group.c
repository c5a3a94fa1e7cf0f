/* group.c - one task fails, and the others go with it. */
#include <stdio.h>
#include <weft.h>

struct part {
    struct weft_frame frame;
    const char *name;
    double seconds;
    int error;
};

static async part(struct weft_frame *frame)
{
    ASYNC_BEGIN(part);
    AWAIT(weft_sleep(self->seconds));
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_FINALLY
    printf("%s: %s\n", self->name, weft_error_name(frame->outcome));
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_group group;
    int err;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            weft_task_release(weft_group_spawn(&self->group, part, .name = "a",
                                               .seconds = 1));
            weft_task_release(weft_group_spawn(&self->group, part, .name = "b",
                                               .seconds = 2,
                                               .error = WEFT_ECLOSED));
            weft_task_release(weft_group_spawn(&self->group, part, .name = "c",
                                               .seconds = 3));
        }
    }
    ASYNC_CATCH(self->err) {
        struct weft_task *task = NULL;

        printf("group: %s\n", weft_error_message(self->err));
        while ((task = weft_group_errors(&self->group, task)) != NULL) {
            printf("because %s\n", weft_error_message(weft_task_error(task)));
        }
        weft_group_clear(&self->group);
    }
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
