/* test_cancel_self.c - when a cancellation lands that a task asks for itself.
 * In the Python of these tests log() appends to the trace.
 */
#include "cancels.h"

struct suicide {
    struct weft_frame frame;
    char then; /* f: await a future, z: sleep(0), r: return, e: raise, u: take
                  it back and return, s: sleep for real, d: a done future */
    int error;
};

static async suicide(struct weft_frame *frame)
{
    ASYNC_BEGIN(suicide);
    CHECK(weft_task_cancel(weft_current_task()));
    trace("runs on");
    ASYNC_TRY {
        if (self->then == 'f' || self->then == 'd') {
            AWAIT(weft_future_wait(&future));
        } else if (self->then == 'z') {
            AWAIT(weft_sleep(0));
        } else if (self->then == 's') {
            AWAIT(weft_sleep(5));
        } else if (self->then == 'e') {
            ASYNC_RAISE(WEFT_ELIMIT);
        } else if (self->then == 'u') {
            weft_task_uncancel(weft_current_task());
        }
        trace("end");
    }
    ASYNC_CATCH_ALL(self->error) {
        trace("caught %s", weft_error_name(self->error));
        ASYNC_RAISE(self->error);
    }
    ASYNC_END;
}

static void kill_self_then(char then, const char *expected)
{
    struct weft_task *task;

    begin();
    if (then == 'd') {
        weft_future_set_result(&future, NULL);
    }
    task = SPAWN(suicide, .then = then);
    turns(2);
    weft_task_error(task);
    CHECK_INT(world.sim.now, 0);
    CHECK_INT(world.loop.alarms.count, 0);
    end(task);
    CHECK_TRACE(expected);
}

/* python3.13 prints "1, runs on, 2, caught ECANCELLED, cancelled, "
 * "1, runs on, 2, caught ECANCELLED, cancelled, "
 * "1, runs on, 2, caught ECANCELLED, cancelled, "
 * "1, runs on, end, 2, cancelled, "
 * "1, runs on, end, 2, cancelled, "
 * "1, runs on, caught ELIMIT, 2, finished, "
 * "1, runs on, end, 2, finished":
 *
 *     async def suicide(then):
 *         asyncio.current_task().cancel()
 *         log("runs on")
 *         try:
 *             if then in "fd":
 *                 await future
 *             elif then == "z":
 *                 await asyncio.sleep(0)
 *             elif then == "s":
 *                 await asyncio.sleep(5)
 *             elif then == "e":
 *                 raise ValueError
 *             elif then == "u":
 *                 asyncio.current_task().uncancel()
 *             log("end")
 *         except asyncio.CancelledError:
 *             log("caught ECANCELLED")
 *             raise
 *         except ValueError:
 *             log("caught ELIMIT")
 *             raise
 *
 *     async def main():
 *         global future
 *         for then in "fzsrdeu":
 *             future = asyncio.get_running_loop().create_future()
 *             if then == "d":
 *                 future.set_result(None)
 *             task = asyncio.create_task(suicide(then))
 *             for i in range(1, 3):
 *                 log(i)
 *                 await asyncio.sleep(0)
 *             log("cancelled" if task.cancelled() else "finished")
 *
 *     asyncio.run(main())
 *
 * CPython: test_tasks.BaseTaskTests.test_cancel_current_task
 */
static void a_task_that_cancels_itself_goes_on_to_its_next_suspension(void)
{
    kill_self_then('f', "1, runs on, 2, caught ECANCELLED, cancelled");
    kill_self_then('z', "1, runs on, 2, caught ECANCELLED, cancelled");
    kill_self_then('s', "1, runs on, 2, caught ECANCELLED, cancelled");
}

/* CPython: test_tasks.BaseTaskTests.test_cancel_at_end */
static void a_task_that_cancels_itself_and_returns_is_cancelled(void)
{
    kill_self_then('r', "1, runs on, end, 2, cancelled");
    kill_self_then('d', "1, runs on, end, 2, cancelled");
}

static void a_task_that_cancels_itself_and_fails_has_failed(void)
{
    kill_self_then('e', "1, runs on, caught ELIMIT, 2, finished");
}

static void a_request_taken_back_in_time_is_forgotten(void)
{
    kill_self_then('u', "1, runs on, end, 2, finished");
}

#define TESTS(X)                                                 \
    X(a_task_that_cancels_itself_goes_on_to_its_next_suspension) \
    X(a_task_that_cancels_itself_and_returns_is_cancelled)       \
    X(a_task_that_cancels_itself_and_fails_has_failed)           \
    X(a_request_taken_back_in_time_is_forgotten)
TEST_MAIN(TESTS)
