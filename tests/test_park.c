/* test_park.c - writing a primitive of one's own: park, wake, withdraw.
 *
 * The primitive of these tests is a gate: tasks pass it one at a time, in the
 * order of their arrival, each with the number it was let through with. In
 * the Python log() appends to the trace.
 */
#include "check.h"
#include "sweep.h"
#include "trap.h"

struct gate {
    struct weft_list waiters;
    int number; /* for the next one to pass */
    int again;  /* how many that are woken must wait once more */
};

static struct gate gate;
static struct world world;

static int resume_gate(struct weft_task *task, int status);

static const struct weft_wait_kind gate_wait = {
    {weft_task_run_, "gate", weft_task_itself_},
    resume_gate,
    weft_task_withdraw_};

/* Without a cancel function: it is not taken out of the queue. */
static const struct weft_wait_kind stubborn_wait = {
    {weft_task_run_, "stubborn gate", weft_task_itself_}, NULL, NULL};

static int resume_gate(struct weft_task *task, int status)
{
    struct gate *at = task->object;

    if (status < 0) {
        trace(weft_task_was_woken_(task) ? "too late" : "in time");
        return status;
    }
    if (at->again > 0) {
        at->again--;
        trace("again");
        return weft_task_park_again_(task, &gate_wait, &at->waiters);
    }
    *(int *)task->wait.out = at->number++;
    return 7;
}

static struct weft_op gate_pass(struct gate *at, int *out)
{
    return weft_task_park_(&gate_wait, &at->waiters, at, out);
}

static struct weft_op gate_pass_stubbornly(struct gate *at)
{
    return weft_task_park_(&stubborn_wait, &at->waiters, at, NULL);
}

struct guest {
    struct weft_frame frame;
    const char *name;
    bool is_stubborn;
    int number;
};

static async guest(struct weft_frame *frame)
{
    ASYNC_BEGIN(guest);
    if (self->is_stubborn) {
        AWAIT(gate_pass_stubbornly(&gate));
    } else {
        AWAIT(gate_pass(&gate, &self->number));
        CHECK_INT(frame->value, 7);
    }
    trace("%s %d", self->name, self->number);
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s %s", self->name, weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

static struct weft_task *tasks[3];

/* Three guests, waiting. */
static void reset(bool is_stubborn)
{
    gate = (struct gate){.number = 1};
    world_open(&world);
    tasks[0] = SPAWN(guest, .name = "a", .is_stubborn = is_stubborn);
    tasks[1] = SPAWN(guest, .name = "b", .is_stubborn = is_stubborn);
    tasks[2] = SPAWN(guest, .name = "c", .is_stubborn = is_stubborn);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
}

static void turn(void)
{
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
}

static void finish(void)
{
    for (int i = 0; i < 3; i++) {
        weft_task_release(tasks[i]);
    }
    check_trace[0] = '\0';
    world_close(&world);
    check_trace[0] = '\0';
    CHECK(weft_list_is_empty(&gate.waiters));
}

static void waiters_are_linked_in_the_order_of_their_arrival(void)
{
    struct weft_node *node;
    int i = 0;

    reset(false);
    for (node = weft_list_first(&gate.waiters); node != NULL;
         node = weft_list_next(&gate.waiters, node)) {
        CHECK(WEFT_TASK_OF_(node) == tasks[i++]);
    }
    CHECK_INT(i, 3);
    CHECK(weft_task_wait_(tasks[0]) == &gate_wait);
    CHECK_STR(weft_task_wait_(tasks[0])->kind.name, "gate");
    finish();
}

static void the_woken_go_on_in_the_next_turn_oldest_first(void)
{
    reset(false);
    CHECK(weft_task_wake_first_(&gate.waiters));
    CHECK(weft_task_wake_first_(&gate.waiters));
    trace("woken");
    CHECK(weft_list_first(&gate.waiters) != NULL);
    turn();
    CHECK_TRACE("woken, a 1, b 2");
    CHECK(weft_task_wake_first_(&gate.waiters));
    CHECK(!weft_task_wake_first_(&gate.waiters));
    turn();
    CHECK_TRACE("c 3");
    finish();
}

static void any_of_them_can_be_woken(void)
{
    reset(false);
    weft_task_wake_(tasks[2]);
    weft_task_wake_(tasks[0]);
    turn();
    CHECK_TRACE("c 1, a 2");
    CHECK(weft_task_wake_first_(&gate.waiters));
    turn();
    CHECK_TRACE("b 3");
    finish();
}

/* What asyncio's queues do: the woken one looks again, and goes to the tail.
 *
 * python3.13 prints "again, b, c, a":
 *
 *     async def guest(name):
 *         global again
 *         while True:
 *             waiter = asyncio.get_running_loop().create_future()
 *             waiters.append(waiter)
 *             await waiter
 *             if again == 0:
 *                 break
 *             again -= 1
 *             log("again")
 *         log(name)
 *
 *     async def main():
 *         global waiters, again
 *         waiters, again = [], 1
 *         for name in "abc":
 *             asyncio.create_task(guest(name))
 *         await asyncio.sleep(0)
 *         while waiters:
 *             waiters.pop(0).set_result(None)
 *             await asyncio.sleep(0)
 *
 *     asyncio.run(main())
 */
static void a_woken_task_may_park_again_at_the_tail(void)
{
    reset(false);
    gate.again = 1;
    while (weft_task_wake_first_(&gate.waiters)) {
        turn();
    }
    CHECK_TRACE("again, b 1, c 2, a 3");
    finish();
}

static void a_cancelled_waiter_leaves_its_list_at_once(void)
{
    reset(false);
    CHECK(weft_task_cancel(tasks[1]));
    CHECK(WEFT_TASK_OF_(weft_list_first(&gate.waiters)) == tasks[0]);
    CHECK(weft_list_next(&gate.waiters, &tasks[0]->alarm.entry.node) ==
          &tasks[2]->alarm.entry.node);
    turn();
    CHECK_TRACE("in time, b ECANCELLED");
    CHECK_INT(gate.number, 1);
    finish();
}

/* Woken before, so that a primitive can pass on what it had been given. */
static void a_primitive_learns_that_it_woke_the_cancelled(void)
{
    reset(false);
    weft_task_wake_(tasks[0]);
    CHECK(weft_task_cancel(tasks[0]));
    CHECK(weft_task_cancel(tasks[1]));
    turn();
    CHECK_TRACE("too late, a ECANCELLED, in time, b ECANCELLED");
    CHECK(weft_task_cancelled(tasks[0]));
    finish();
}

/* It is in the ready queue already, and is not moved to its end. */
static void a_cancelled_task_that_was_woken_keeps_its_place(void)
{
    reset(false);
    weft_task_wake_(tasks[0]);
    weft_task_wake_(tasks[1]);
    CHECK(weft_task_cancel(tasks[0]));
    CHECK(weft_task_cancel(tasks[2]));
    CHECK(weft_task_cancel(tasks[2]));
    turn();
    CHECK_TRACE("too late, a ECANCELLED, b 1, in time, c ECANCELLED");
    finish();
}

/* Cancelled while parked again: the wake-up before it does not count. */
static void parking_again_forgets_the_wake_up(void)
{
    reset(false);
    gate.again = 1;
    weft_task_wake_(tasks[0]);
    turn();
    CHECK_TRACE("again");
    CHECK(weft_task_cancel(tasks[0]));
    CHECK(WEFT_TASK_OF_(weft_list_first(&gate.waiters)) == tasks[1]);
    CHECK(weft_list_next(&gate.waiters, &tasks[2]->alarm.entry.node) == NULL);
    turn();
    CHECK_TRACE("in time, a ECANCELLED");
    finish();
}

static void a_wait_without_cancel_goes_on_only_when_woken(void)
{
    reset(true);
    CHECK(weft_task_cancel(tasks[0]));
    turn();
    turn();
    CHECK_TRACE("");
    CHECK(weft_task_wake_first_(&gate.waiters));
    CHECK(weft_task_wake_first_(&gate.waiters));
    turn();
    CHECK_TRACE("a ECANCELLED, b 0");
    weft_task_wake_first_(&gate.waiters);
    turn();
    finish();
}

static void parking_outside_of_a_task_is_refused(void)
{
    int number = 0;

    gate = (struct gate){.number = 1};
    CHECK_INT(gate_pass(&gate, &number).status, WEFT_ENOTASK);
    world_open(&world);
    CHECK_INT(gate_pass(&gate, &number).status, WEFT_ENOTASK);
    CHECK(weft_list_is_empty(&gate.waiters));
    world_close(&world);
}

struct porter {
    struct weft_frame frame;
    int i;
};

static async porter(struct weft_frame *frame)
{
    ASYNC_BEGIN(porter);
    for (self->i = 0; self->i < 5; self->i++) {
        AWAIT(weft_sleep(self->i % 2));
        weft_task_wake_first_(&gate.waiters);
    }
    ASYNC_END;
}

static void start_all(struct world *swept)
{
    (void)swept;
    gate = (struct gate){.number = 1, .again = 1};
    weft_task_release(SPAWN(guest, .name = "a"));
    weft_task_release(SPAWN(guest, .name = "b"));
    weft_task_release(SPAWN(porter));
    weft_task_release(SPAWN(guest, .name = "c"));
}

static void verify_no_waiter(struct world *swept)
{
    (void)swept;
    CHECK(weft_list_is_empty(&gate.waiters));
    CHECK(gate.number <= 4);
}

static void nothing_is_left_wherever_a_guest_gives_up(void)
{
    CHECK(sweep_cancel(start_all, verify_no_waiter) > 30);
    CHECK(sweep_memory(start_all, verify_no_waiter) > 4);
}

/* What an operation gets must outlive the await; a local does not. */
struct careless {
    struct weft_frame frame;
    struct weft_queue *queue;
};

static struct weft_op get_into_a_local(struct weft_queue *queue)
{
    int item = 0;

    return weft_queue_get(queue, &item);
}

static async careless(struct weft_frame *frame)
{
    ASYNC_BEGIN(careless);
    AWAIT(get_into_a_local(self->queue));
    ASYNC_END;
}

static void give_a_local(void)
{
    static int places[1];
    static struct weft_queue queue = WEFT_QUEUE(places);

    WORLD_RUN(careless, .queue = &queue);
}

static void a_pointer_to_a_local_variable_traps(void)
{
    CHECK_TRAPS(give_a_local, "a pointer to a local variable was given");
}

#define TESTS(X)                                        \
    X(a_pointer_to_a_local_variable_traps)              \
    X(waiters_are_linked_in_the_order_of_their_arrival) \
    X(the_woken_go_on_in_the_next_turn_oldest_first)    \
    X(any_of_them_can_be_woken)                         \
    X(a_woken_task_may_park_again_at_the_tail)          \
    X(a_cancelled_waiter_leaves_its_list_at_once)       \
    X(a_primitive_learns_that_it_woke_the_cancelled)    \
    X(a_cancelled_task_that_was_woken_keeps_its_place)  \
    X(parking_again_forgets_the_wake_up)                \
    X(a_wait_without_cancel_goes_on_only_when_woken)    \
    X(parking_outside_of_a_task_is_refused)             \
    X(nothing_is_left_wherever_a_guest_gives_up)
TEST_MAIN(TESTS)
