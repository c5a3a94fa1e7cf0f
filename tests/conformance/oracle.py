"""oracle.py - run a scenario on CPython's asyncio, and write down what happens.

Three things are not left to CPython, since it does not promise them: time is
virtual, equal deadlines are due in the order in which they were set, and what
is a set in its sources is walked in insertion order.
"""

import ast
import asyncio
import inspect
import itertools
import selectors
import sys
import textwrap
import warnings

from scenario import NEVER, parse

EIGHTH = 0.125
ROUNDS = 9                      # of cancelling everything, when all are stuck


class OrderedSet(dict):
    """As much of a set as asyncio uses, in insertion order."""

    def __init__(self, items=()):
        super().__init__(dict.fromkeys(items))

    def add(self, item):
        self[item] = None

    def discard(self, item):
        self.pop(item, None)

    def remove(self, item):
        del self[item]


class OrderSets(ast.NodeTransformer):
    """Turn `set(...)` and set comprehensions into OrderedSet."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "set":
            node.func.id = "OrderedSet"
        return node

    def visit_SetComp(self, node):
        self.generic_visit(node)
        items = ast.GeneratorExp(node.elt, node.generators)
        return ast.copy_location(
            ast.Call(ast.Name("OrderedSet", ast.Load()), [items], []), node)


def order_sets(module, *names):
    """Define these functions and classes of asyncio again, with order."""
    module.OrderedSet = OrderedSet
    for name in names:
        source = textwrap.dedent(inspect.getsource(getattr(module, name)))
        tree = ast.fix_missing_locations(OrderSets().visit(ast.parse(source)))
        exec(compile(tree, module.__file__, "exec"), module.__dict__)
        if hasattr(asyncio, name):
            setattr(asyncio, name, getattr(module, name))


class FifoTimerHandle(asyncio.TimerHandle):
    numbers = itertools.count()

    def __init__(self, *args):
        super().__init__(*args)
        self.number = next(self.numbers)

    def __lt__(self, other):
        return (self._when, self.number) < (other._when, other.number)


asyncio.events.TimerHandle = FifoTimerHandle
sys.unraisablehook = lambda _: None     # of plays that were given up,
warnings.simplefilter("ignore", RuntimeWarning)         # as these are
order_sets(asyncio.tasks, "wait", "_wait", "_AsCompletedIterator")
order_sets(asyncio.taskgroups, "TaskGroup")


class VirtualLoop(asyncio.SelectorEventLoop):
    """A clock that jumps to the next deadline when nothing is ready."""

    class Selector(selectors.SelectSelector):
        def select(self, timeout=None):
            if timeout is None:
                self.loop.stop()        # nothing can ever happen
            else:
                self.loop.now += timeout
            return []

    def __init__(self):
        self.now = 0.0
        selector = self.Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self):
        return self.now


class UserError(Exception):
    pass


def name_of(error):
    """An error as both sides write it."""
    if isinstance(error, RecursionError):
        raise error             # see Play.notice
    if isinstance(error, UserError):
        return f"error {error.args[0]}"
    for kind, name in ((asyncio.CancelledError, "cancelled"),
                       (TimeoutError, "timeout"),
                       (asyncio.QueueEmpty, "empty"),
                       (asyncio.QueueFull, "full"),
                       (asyncio.QueueShutDown, "shut down"),
                       (asyncio.BrokenBarrierError, "broken"),
                       (BaseExceptionGroup, "group"),
                       (asyncio.InvalidStateError, "invalid"),
                       (ValueError, "invalid"),
                       (RuntimeError, "invalid")):
        if isinstance(error, kind):
            return name
    raise error


def outcome_of(future):
    """How a task ended, in words."""
    if not future.done():
        return "runs"
    if future.cancelled():
        return "cancelled"
    if future.exception() is not None:
        return name_of(future.exception())
    return str(future.result())


def seconds(time):
    return None if int(time) == NEVER else int(time) * EIGHTH


async def nothing(awaitable):
    await awaitable


class Play:
    """One scenario on one loop."""

    def __init__(self, text):
        self.scenario = parse(text)
        self.trace = []
        self.tasks = {}         # name -> asyncio.Task, in order of creation
        self.actors = {task.name: task for task in self.scenario.tasks}

    def say(self, words):
        self.trace.append(f"{round(self.loop.time() / EIGHTH)} {words}")

    def on_error(self, loop, context):
        self.notice(context.get("exception"))

    def notice(self, error):
        """Tasks that wait for each other in a circle cannot be cancelled:
        remember it, whatever becomes of the error."""
        if isinstance(error, RecursionError):
            self.circle = error

    def run(self):
        self.circle = None
        self.loop = VirtualLoop()
        self.loop.set_exception_handler(self.on_error)
        try:
            self.objects = {name: self.make(*declared) for name, declared
                            in self.scenario.objects.items()}
            for task in self.scenario.tasks:
                if not task.later:
                    self.spawn(task.name)
            self.run_out()
            for name in self.actors:
                self.say(f"{name} " + (outcome_of(self.tasks[name])
                                       if name in self.tasks else "unborn"))
        finally:
            self.loop.close()
        if self.circle is not None:
            raise self.circle
        return self.trace[:]    # what is stuck still writes when it is freed

    def run_out(self):
        for _ in range(ROUNDS):
            self.loop.run_forever()
            left = [task for task in self.tasks.values() if not task.done()]
            if not left:
                return
            self.say("all wait")
            for task in left:
                task.cancel()
        self.say("stuck")       # who waits for a condition needs its lock

    def make(self, kind, number):
        if kind == "future":
            return self.loop.create_future()
        make = {"event": asyncio.Event, "queue": asyncio.Queue,
                "lock": asyncio.Lock, "semaphore": asyncio.Semaphore,
                "bounded": asyncio.BoundedSemaphore,
                "condition": asyncio.Condition, "barrier": asyncio.Barrier}
        return make[kind]() if number is None else make[kind](number)

    def spawn(self, name, creator=None):
        if name not in self.actors or name in self.tasks:
            return "none"
        self.tasks[name] = (creator or self.loop).create_task(
            self.act(self.actors[name]))
        return "ok"

    async def act(self, actor):
        actor.returning = False
        actor.value = 0
        self.say(f"{actor.name} begins")
        await self.steps(actor, actor.body)
        return actor.value

    async def steps(self, actor, steps):
        for step in steps:
            where = f"{actor.name}:{step.line} {step.verb}"
            self.say(where)
            try:
                if step.limit is None:
                    result = await self.perform(actor, step)
                else:
                    result = await asyncio.wait_for(
                        self.perform(actor, step), step.limit * EIGHTH)
            except BaseException as error:
                self.notice(error)
                self.say(f"{where} -> {name_of(error)}")
                raise
            self.say(f"{where} -> {'ok' if result is None else result}")
            if actor.returning:
                return

    async def perform(self, actor, step):
        method = getattr(self, "do_" + step.verb.replace(".", "_"))
        args = [self.objects.get(arg, arg) for arg in step.args]
        result = method(actor, step, *args)
        return await result if inspect.isawaitable(result) else result

    # ---- verbs: a plain function, or one whose result is awaited ----

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
        actor.returning = True
        actor.value = int(number)

    def do_event_set(self, actor, step, event):
        event.set()

    def do_event_clear(self, actor, step, event):
        event.clear()

    async def do_event_wait(self, actor, step, event):
        await event.wait()

    def do_queue_put(self, actor, step, queue, item):
        return queue.put(item)

    def do_queue_get(self, actor, step, queue):
        return queue.get()

    def do_queue_put_nowait(self, actor, step, queue, item):
        queue.put_nowait(item)

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

    def do_task_spawn(self, actor, step, name):
        return self.spawn(name)

    def do_task_cancel(self, actor, step, name):
        if name not in self.tasks:
            return "none"
        return "true" if self.tasks[name].cancel() else "false"

    def do_task_uncancel(self, actor, step, name):
        return self.tasks[name].uncancel() if name in self.tasks else "none"

    def do_task_cancelling(self, actor, step, name):
        return self.tasks[name].cancelling() if name in self.tasks else "none"

    async def do_task_join(self, actor, step, name):
        return await self.tasks[name] if name in self.tasks else "none"

    def do_task_callback(self, actor, step, name, word):
        if name not in self.tasks:
            return "none"
        self.tasks[name].add_done_callback(
            lambda _: self.say(f"callback {word}"))

    async def do_gather(self, actor, step, *names, return_exceptions=False):
        tasks = [self.tasks[name] for name in names if name in self.tasks]
        await asyncio.gather(*tasks, return_exceptions=return_exceptions)
        return ", ".join(["all", *map(outcome_of, tasks)])

    def born(self, names):
        """These tasks, each once."""
        return {self.tasks[name]: name for name in names
                if name in self.tasks}

    async def do_shield(self, actor, step, name):
        if name not in self.tasks:
            return "none"
        return await asyncio.shield(self.tasks[name])

    async def do_wait(self, actor, step, when, time, *names):
        tasks = self.born(names)
        done, _ = await asyncio.wait(
            tasks, timeout=seconds(time),
            return_when={"all": asyncio.ALL_COMPLETED,
                         "first": asyncio.FIRST_COMPLETED,
                         "exception": asyncio.FIRST_EXCEPTION}[when])
        return " ".join(["done", *(name for task, name in tasks.items()
                                   if task in done)])

    async def do_as_completed(self, actor, step, time, *names):
        tasks = self.born(names)
        ends = asyncio.as_completed(tasks, timeout=seconds(time))
        try:
            async for task in ends:
                self.say(f"{actor.name}:{step.line} next {tasks[task]}")
        finally:                # CPython forgets this timer when cancelled
            if ends._timeout_handle is not None:
                ends._timeout_handle.cancel()

    def do_group_spawn(self, actor, step, name):
        block = step.parent
        while block.verb != "group":
            block = block.parent
        return self.spawn(name, block.group)

    def do_gather_all(self, actor, step, *names):
        return self.do_gather(actor, step, *names, return_exceptions=True)

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

    def do_barrier_wait(self, actor, step, barrier):
        return barrier.wait()

    def do_barrier_reset(self, actor, step, barrier):
        return barrier.reset()

    def do_barrier_abort(self, actor, step, barrier):
        return barrier.abort()

    # ---- blocks ----

    async def do_with(self, actor, step, mutex):
        async with mutex:
            await self.steps(actor, step.body)

    async def do_group(self, actor, step):
        try:
            async with asyncio.TaskGroup() as step.group:
                await self.steps(actor, step.body)
        except BaseExceptionGroup as error:
            self.say(f"{actor.name}:{step.line} failed: "
                     + ", ".join(map(name_of, error.exceptions)))
            raise

    async def do_try(self, actor, step):
        if step.final is None:
            return await self.attempt(actor, step)
        try:
            await self.attempt(actor, step)
        finally:
            self.say(f"{actor.name}:{step.line} finally")
            returning, actor.returning = actor.returning, False
            await self.steps(actor, step.final)
            if actor.returning:
                return              # as `return` in a finally: drops errors
            actor.returning = returning

    async def attempt(self, actor, step):
        caught = {None: (), "except": Exception,
                  "except_all": BaseException}[step.catches]
        try:
            await self.steps(actor, step.body)
        except caught as error:
            step.caught = error
            self.say(f"{actor.name}:{step.line} {step.catches} "
                     f"{name_of(error)}")
            await self.steps(actor, step.handler)

    async def do_timeout(self, actor, step, time):
        async with asyncio.timeout(int(time) * EIGHTH) as step.timeout:
            await self.steps(actor, step.body)

    async def do_wait_for(self, actor, step, time):
        await asyncio.wait_for(self.steps(actor, step.body),
                               int(time) * EIGHTH)

    async def do_repeat(self, actor, step, count):
        for _ in range(int(count)):
            await self.steps(actor, step.body)
            if actor.returning:
                return


def run(text):
    return Play(text).run()
