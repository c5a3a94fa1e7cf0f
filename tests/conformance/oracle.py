"""oracle.py - play a scenario on CPython's asyncio, and write down all of it.

CPython does not promise everything that a trace shows: see virtual.py.
"""

import asyncio
import contextvars
import gc

from blocks import Blocks
from loops import Loops
from scenario import parse
from task_verbs import TaskVerbs
from verbs import Verbs
from virtual import VirtualLoop
from words import EIGHTH, name_of, outcome_of

ROUNDS = 9                      # of cancelling everything, when all are stuck
BETWEEN_COLLECTIONS = 200       # plays


class Before:
    """What has to be known at the begin of a step to judge its end."""

    def __init__(self, turns, task):
        self.turns = turns
        self.cancelling = task.cancelling()
        self.must_cancel = task._must_cancel


class Play(Blocks, Loops, TaskVerbs, Verbs):
    """One scenario on one loop."""

    def __init__(self, text):
        self.scenario = parse(text)
        self.trace = []
        self.tasks = {}         # name -> asyncio.Task, in order of creation
        self.actors = {task.name: task for task in self.scenario.tasks}
        self.generators = []    # held, so that none is closed by chance
        self.ends = []          # (step, how it ended): for coverage.py

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
        if kind == "var":
            return contextvars.ContextVar("var", default=0)
        make = {"event": asyncio.Event, "queue": asyncio.Queue,
                "lifo": asyncio.LifoQueue, "priority": asyncio.PriorityQueue,
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
        actor.task = asyncio.current_task()
        self.tasks[actor.name] = actor.task     # if eager, not known yet
        actor.leaving = None    # "return" or "break", on its way outward
        actor.woken = False
        actor.value = 0
        self.say(f"{actor.name} begins")
        await self.steps(actor, actor.body)
        return actor.value

    async def steps(self, actor, steps):
        for step in steps:
            where = f"{actor.name}:{step.line} {step.verb}"
            self.say(where)
            before = Before(self.loop.turns, actor.task)
            actor.woken = False
            try:
                if step.limit is None:
                    result = await self.perform(actor, step)
                else:
                    result = await asyncio.wait_for(
                        self.perform(actor, step), step.limit * EIGHTH)
            except BaseException as error:
                self.notice(error)
                self.note(actor, step, name_of(error), before)
                self.say(f"{where} -> {name_of(error)}")
                raise
            self.note(actor, step, "ok", before)
            self.say(f"{where} -> {'ok' if result is None else result}")
            if actor.leaving:
                return

    def note(self, actor, step, how, before):
        """How a step ended, in the words of coverage.py."""
        if how != "cancelled":
            how = how.split()[0] + "+" * (self.loop.turns > before.turns)
        elif before.must_cancel:
            how = "earlier"
        elif actor.task.cancelling() <= before.cancelling:
            how = "theirs"
        elif actor.woken:
            how = "woken"
        actor.woken = False
        self.ends.append((step, how))

    async def perform(self, actor, step):
        method = getattr(self, "do_" + step.verb.replace(".", "_"))
        args = [self.objects.get(arg, arg) for arg in step.args]
        result = method(actor, step, *args)
        return await result if hasattr(result, "__await__") else result


gc.disable()                    # see run()
gc.freeze()
plays = 0


def run(text, coverage=None):
    """The trace of a scenario, whose steps are counted in coverage.

    Coroutines that are left suspended run their `finally` when they are freed.
    Were that in the middle of a later play, they would find its loop running,
    and start timers in it."""
    global plays
    plays += 1
    if plays % BETWEEN_COLLECTIONS == 0:
        gc.collect()
    play = Play(text)
    trace = play.run()
    if coverage is not None:
        coverage.add(play.ends)
    return trace
