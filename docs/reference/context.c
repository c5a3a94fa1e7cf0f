/* context.c - a context of your own: one of two lines, borrowed. */
#include <stdio.h>
#include <weft.h>

static int places[2];
static struct weft_queue idle = WEFT_QUEUE(places);

struct borrowed {
    struct weft_with with; /* first */
    int line;
};

static struct weft_op give_back(struct weft_with *with)
{
    struct borrowed *borrowed = WEFT_OWNER(with, struct borrowed, with);

    printf("line %d comes back: %s\n", borrowed->line,
           with->error < 0 ? weft_error_name(with->error) : "OK");
    return weft_queue_put(&idle, &borrowed->line);
}

static struct weft_op borrow(struct borrowed *borrowed)
{
    borrowed->with.leave = give_back;
    return weft_queue_get(&idle, &borrowed->line);
}

struct caller {
    struct weft_frame frame;
    struct borrowed borrowed;
    int id;
};

static async caller(struct weft_frame *frame)
{
    ASYNC_BEGIN(caller);
    ASYNC_WITH(&self->borrowed, borrow(&self->borrowed)) {
        printf("caller %d has line %d\n", self->id, self->borrowed.line);
        AWAIT(weft_sleep(1));
        if (self->id == 2) {
            ASYNC_RAISE(WEFT_ECLOSED);
        }
    }
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join callers[3];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    for (int i = 1; i <= 2; i++) {
        weft_queue_put_nowait(&idle, &i);
    }
    for (int i = 0; i < 3; i++) {
        self->callers[i].task = SPAWN(caller, .id = i + 1);
    }
    AWAIT(weft_gather(self->callers, 3, WEFT_RETURN_ERRORS));
    weft_join_release(self->callers, 3);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
