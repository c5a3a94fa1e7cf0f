/* condition.c - a buyer waits until the stock is large enough. */
#include <stdio.h>
#include <weft.h>

static struct weft_lock lock;
static struct weft_condition changed = WEFT_CONDITION(&lock);
static int stock;

struct buyer {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    int wanted;
};

static async buyer(struct weft_frame *frame)
{
    ASYNC_BEGIN(buyer);
    ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
        while (stock < self->wanted) {
            printf("%d of %d: wait\n", stock, self->wanted);
            AWAIT(weft_condition_wait(&changed));
        }
        stock -= self->wanted;
        printf("bought %d\n", self->wanted);
    }
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    struct weft_task *buyer;
    int i;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->buyer = SPAWN(buyer, .wanted = 4);
    for (self->i = 0; self->i < 2; self->i++) {
        AWAIT(weft_sleep(1));
        ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
            stock += 2;
            weft_condition_notify_all(&changed);
        }
    }
    AWAIT(weft_join(self->buyer));
    weft_task_release(self->buyer);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
