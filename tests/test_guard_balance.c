/* test_guard_balance.c - handlers, contexts and ASYNC_FINALLY in each other:
 * every balance is even, whatever is cancelled when.
 */
#include "guards.h"
#include "sweep.h"

static int entered, begun, finished;

struct context {
    struct weft_with with; /* first */
};

static struct weft_op balance_leave(struct weft_with *with)
{
    (void)with;
    entered--;
    return weft_op_(0);
}

static struct weft_op balance_enter(struct context *context)
{
    entered++;
    context->with.leave = balance_leave;
    return weft_op_(0);
}

struct balanced {
    struct weft_frame frame;
    struct context a, b;
    struct failing failing;
    int err;
    int i;
};

static async balanced(struct weft_frame *frame)
{
    ASYNC_BEGIN(balanced);
    begun++;
    for (self->i = 0; self->i < 3; self->i++) {
        ASYNC_TRY {
            ASYNC_WITH(&self->a, balance_enter(&self->a)) {
                AWAIT(weft_sleep(1));
                ASYNC_WITH(&self->b, balance_enter(&self->b)) {
                    AWAIT(CALL(&self->failing, failing, .waits = self->i != 1,
                               .code = self->i == 0 ? 0 : WEFT_EUSER));
                    break;
                }
                AWAIT(weft_sleep(0));
            }
        }
        ASYNC_CATCH_ALL(self->err) {
            AWAIT(weft_sleep(1));
            if (self->err == WEFT_ECANCELLED) {
                ASYNC_RAISE(self->err);
            }
        }
    }
    ASYNC_FINALLY
    finished++;
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static void start_balanced(struct world *world)
{
    (void)world;
    entered = begun = finished = 0;
    weft_task_release(SPAWN(balanced));
    weft_task_release(SPAWN(balanced));
}

static void verify_balanced(struct world *world)
{
    CHECK_INT(entered, 0);
    CHECK_INT(begun, finished);
    CHECK_INT(world->reports, 0);
}

static void a_cancellation_anywhere_leaves_and_finishes_everything(void)
{
    CHECK(sweep_cancel(start_balanced, verify_balanced) > 20);
    CHECK(sweep_memory(start_balanced, verify_balanced) > 3);
}

#define TESTS(X) X(a_cancellation_anywhere_leaves_and_finishes_everything)
TEST_MAIN(TESTS)
