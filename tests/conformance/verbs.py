"""verbs.py - what each verb does on asyncio: a plain method, or one whose
result is awaited. As in verbs.h."""

import asyncio

from words import EIGHTH, UserError


class Item(int):
    """In a priority queue four items each are equal, so that the order of
    equal ones is seen, too."""

    def __lt__(self, other):
        return self // 4 < other // 4


async def nothing(awaitable):
    await awaitable


class Verbs:
    def do_sleep(self, actor, step, time):
        return asyncio.sleep(int(time) * EIGHTH)

    def do_log(self, actor, step, word):
        return word

    def do_raise(self, actor, step, number):
        raise UserError(int(number))

    def do_reraise(self, actor, step):
        while step.section != "handler":
            step = step.parent
        raise step.parent.caught

    def do_return(self, actor, step, number):
        actor.leaving = "return"
        actor.value = int(number)

    def do_break(self, actor, step):
        actor.leaving = "break"

    def do_var_set(self, actor, step, var, number):
        var.set(number)

    def do_var_get(self, actor, step, var):
        return var.get()

    def do_event_set(self, actor, step, event):
        event.set()

    def do_event_clear(self, actor, step, event):
        event.clear()

    async def do_event_wait(self, actor, step, event):
        await event.wait()

    def do_queue_put(self, actor, step, queue, item):
        return queue.put(Item(item))

    def do_queue_get(self, actor, step, queue):
        return queue.get()

    def do_queue_put_nowait(self, actor, step, queue, item):
        queue.put_nowait(Item(item))

    def do_queue_get_nowait(self, actor, step, queue):
        return queue.get_nowait()

    def do_queue_task_done(self, actor, step, queue):
        queue.task_done()

    def do_queue_join(self, actor, step, queue):
        return queue.join()

    def do_queue_shutdown(self, actor, step, queue, immediate):
        queue.shutdown(immediate=immediate != "0")

    def do_future_set(self, actor, step, future, number):
        future.set_result(number)

    def do_future_fail(self, actor, step, future, number):
        future.set_exception(UserError(int(number)))

    def do_future_cancel(self, actor, step, future):
        return "true" if future.cancel() else "false"

    async def do_future_wait(self, actor, step, future):
        return await future

    def do_future_callback(self, actor, step, future, word):
        future.add_done_callback(lambda _: self.say(f"callback {word}"))

    def do_call_soon(self, actor, step, word):
        self.loop.call_soon(self.say, f"callback {word}")

    def do_call_later(self, actor, step, time, word):
        self.loop.call_later(int(time) * EIGHTH, self.say, f"callback {word}")

    def do_reschedule(self, actor, step, time):
        block = step.parent
        while block.verb != "timeout":
            block = block.parent
        block.timeout.reschedule(self.loop.time() + int(time) * EIGHTH)

    def do_lock_acquire(self, actor, step, lock):
        return nothing(lock.acquire())

    def do_lock_release(self, actor, step, lock):
        lock.release()

    def do_lock_locked(self, actor, step, lock):
        return "true" if lock.locked() else "false"

    do_semaphore_acquire = do_condition_acquire = do_lock_acquire
    do_semaphore_release = do_condition_release = do_lock_release
    do_semaphore_locked = do_lock_locked

    def do_condition_wait(self, actor, step, condition):
        return nothing(condition.wait())

    def do_condition_notify(self, actor, step, condition, count):
        condition.notify(int(count))

    def do_condition_notify_all(self, actor, step, condition):
        condition.notify_all()

    def do_condition_set(self, actor, step, condition, level):
        condition.level = int(level)

    def do_condition_wait_for(self, actor, step, condition, level):
        def is_reached():
            now = getattr(condition, "level", 0)
            self.say(f"{actor.name}:{step.line} sees {now}")
            return now >= int(level)
        return nothing(condition.wait_for(is_reached))

    def do_barrier_wait(self, actor, step, barrier):
        return barrier.wait()

    def do_barrier_reset(self, actor, step, barrier):
        return barrier.reset()

    def do_barrier_abort(self, actor, step, barrier):
        return barrier.abort()
