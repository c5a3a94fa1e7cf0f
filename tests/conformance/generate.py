"""generate.py - make up scenarios, from a seed, in which tasks collide."""

import random

from races import INSIDE, Races
from scenario import (BLOCKS, LOOPS, MUTEXES, NEVER, OBJECTS, VERBS, WAITS,
                      Scenario, Step, Task, to_text)

# Some verbs are rare. A theme is what some of a scenario's steps are about;
# the verbs in ALWAYS may be anywhere.
RARE = {verb: 1 for verb in (
    "log", "reraise", "return", "break", "call_soon", "call_later",
    "task.eager", "queue.shutdown", "future.callback", "task.callback",
    "reschedule", "event.clear", "task.cancelling", "lock.locked",
    "semaphore.locked", "barrier.reset", "barrier.abort")} | {"raise": 2}
ALWAYS = {"sleep", "log", "raise", "return", "task.spawn", "task.eager"}
THEMES = ("event", "queue", "future", "task", "gather", "call", "lock",
          "semaphore", "condition", "barrier", "shield", "wait", "as", "group",
          "select", "for", "var")
THEME_OF = {verb: verb.split(".")[0].split("_")[0] for verb in VERBS}
WAITING = sorted(WAITS)
ACTING = sorted(VERBS.keys() - WAITS)


class Generator(Races):
    """Few objects, many tasks, few different times: so that they collide.

    In a third of the scenarios tasks wait and act as it comes. In the rest
    several tasks wait for one thing, and others do to it, and to them, all
    they can think of in one moment."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.scenario = Scenario()
        self.themes = self.random.sample(THEMES,
                                         self.random.choice((1, 1, 2, 3)))
        self.longest = self.random.choice((1, 1, 2, 4))
        self.limits = self.random.choice((0, 0, 0.1, 0.3))
        self.blocks = self.random.choice((0, 0.1, 0.2, 0.4))
        self.cancels = self.random.choice((0, 0.2, 0.4))

    def make(self):
        pick = self.random
        self.names = {}
        self.waiting = 0.5
        self.waiters = self.others = ()
        self.is_pure = False    # a race without distractions
        for kind, letter in OBJECTS.items():
            self.names[kind] = [f"{letter}{i}"
                                for i in range(pick.choice((1, 1, 2, 3)))]
            for name in self.names[kind]:
                self.scenario.objects[name] = self.declare(kind)
        for i in range(pick.randint(2, 7)):
            self.scenario.tasks.append(
                Task(f"t{i}", i > 0 and pick.random() < (
                    0.5 if "group" in self.themes else 0.1)))
        if pick.random() < 0.65:
            self.race()
        for task in self.scenario.tasks:
            self.task = task
            self.waiting = pick.choice((0.2, 0.5, 0.9))
            if not task.body:
                self.fill(task.body, pick.randint(1, 8), 0, ())
            elif not self.is_pure:
                self.fill(task.body, pick.randint(0, 3), 0, ())
        used = {arg for step, _ in self.scenario.steps() for arg in step.args}
        for name in set(self.scenario.objects) - used:
            del self.scenario.objects[name]
        return self.scenario

    def declare(self, kind):
        pick = self.random
        if kind == "queue" or kind == "semaphore":
            if kind == "queue":
                kind = pick.choice(("queue", "queue", "lifo", "priority"))
            if kind == "semaphore" and pick.random() < 0.3:
                kind = "bounded"
            return kind, pick.choice((0, 1, 1, 2)) + (kind == "bounded")
        if kind == "barrier":
            return kind, pick.choice((1, 2, 2, 3))
        return kind, None

    def time(self):
        low = -1 if self.random.random() < 0.1 else 0
        return self.random.randint(low, self.longest)

    def fill(self, steps, count, depth, around):
        pick = self.random
        for _ in range(count):
            if depth < 3 and pick.random() < self.blocks:
                steps.append(self.block(depth, around))
            elif pick.random() < self.waiting:
                step = self.step(WAITING, around)
                if pick.random() < 0.5:
                    step = self.survive(step)
                steps.append(step)
            else:
                if pick.random() < 0.5:
                    steps.append(Step("sleep", self.time()))
                for _ in range(pick.randint(1, 4)):
                    steps.append(self.step(ACTING, around))

    def survive(self, step):
        block = Step("try")
        block.catches = self.random.choice(("except", "except_all"))
        block.body = [step]
        if self.random.random() < 0.1:
            block.handler.append(Step("reraise"))
        return block

    def block(self, depth, around):
        pick = self.random
        verb = pick.choice([*BLOCKS, "try", "timeout", "wait_for", *(
            verb for verb in ("with", "group", "for") for _ in range(3)
            if verb in self.themes
            or verb == "with" and {*MUTEXES} & {*self.themes})])
        if verb in LOOPS and verb != "repeat":
            return self.loop(verb, depth, around)
        block = Step(verb, *self.arguments(verb))
        self.fill(block.body, pick.randint(1, 3), depth + 1, (*around, verb))
        if verb == "try":
            block.catches = pick.choice((None, "except", "except_all"))
            if block.catches:
                self.fill(block.handler, pick.randint(0, 2), depth + 1,
                          (*around, "handler"))
            if block.catches is None or pick.random() < 0.3:
                block.final = []
                self.fill(block.final, pick.randint(0, 2), depth + 1, around)
        return block

    def loop(self, verb, depth, around):
        """Over a generator that waits on its way, and often at its end."""
        pick = self.random
        block = Step(verb, *self.arguments(verb))
        self.fill(block.body, pick.randint(0, 2), depth + 1, (*around, verb))
        if pick.random() < 0.3:
            block.body.append(Step("break"))
        block.catches = "from"
        self.fill(block.handler, pick.randint(0, 2), depth + 1,
                  (*around, verb))
        if pick.random() < 0.7:
            block.final = []
            self.fill(block.final, pick.randint(0, 2), depth + 1,
                      (*around, verb))
        return block

    def step(self, verbs, around):
        """One of these verbs: about a theme, or about tasks and time."""
        pick = self.random
        if "task.cancel" in verbs and pick.random() < self.cancels:
            return Step("task.cancel", *self.arguments("task.cancel"))
        verbs = [verb for verb in verbs
                 if (THEME_OF[verb] in self.themes
                     or verb in ALWAYS
                     or verb == "group.spawn"
                     or verb == "reraise" and "handler" in around
                     or verb == "break" and any(loop in around
                                                for loop in LOOPS)
                     or verb == "reschedule" and "timeout" in around)
                 and (verb != "group.spawn" or "group" in around)
                 and (verb != "task.cancelling" or "task" in self.themes)
                 and (INSIDE.get(verb) != "with" or "with" in around
                      or pick.random() < 0.3)]
        verb = pick.choices(verbs, [RARE.get(verb, 5) for verb in verbs])[0]
        step = Step(verb, *self.arguments(verb))
        if pick.random() < self.limits:
            step.limit = self.time()
        return step

    def arguments(self, verb):
        pick = self.random
        for kind in (VERBS.get(verb) or BLOCKS.get(verb, "")).split():
            if kind in OBJECTS:
                yield pick.choice(self.names[kind])
            elif kind == "mutex":
                mutexes = {*MUTEXES} & {*self.themes} or MUTEXES
                yield pick.choice([name for mutex in sorted(mutexes)
                                   for name in self.names[mutex]])
            elif kind == "W" and verb == "wait":
                yield pick.choice(("all", "first", "exception"))
            elif kind == "N" and verb in ("wait", "as_completed"):
                yield pick.choice((NEVER, self.time()))
            elif kind == "W":
                yield pick.choice("abcdefgh")
            elif kind == "N" and verb.startswith("condition."):
                is_set = verb == "condition.set"
                yield pick.randint(0, 3) if is_set else pick.randint(1, 2)
            elif kind == "N" and verb in ("for", "closing"):
                yield pick.randint(0, 3)
            elif kind == "N" and verb in ("repeat", "queue.shutdown"):
                yield pick.randint(0, 1) + (verb == "repeat")
            elif kind == "N" and verb in ("sleep", "timeout", "wait_for",
                                          "call_later", "reschedule"):
                yield self.time()
            elif kind == "N":
                yield pick.randint(1, 9)
            elif kind == "T":
                # A task that waits for itself is another matter.
                tasks = self.preferred(verb)
                yield pick.choice([task.name for task in tasks
                                   if verb not in ("task.join", "shield")
                                   or task is not self.task])
            else:
                yield from self.some_tasks()

    def some_tasks(self):
        pick = self.random
        awaited = [task.name for task in self.others
                   if task is not self.task]
        if awaited and pick.random() < 0.7:
            return pick.sample(awaited, k=pick.randint(1, len(awaited)))
        others = [task.name for task in self.scenario.tasks
                  if task is not self.task]
        return pick.choices(others, k=pick.randint(0, 4))

    def preferred(self, verb):
        """In a race: who is to be cancelled, often the first, who is woken
        first; and who is to be waited for."""
        tasks = [task for task in (self.waiters if verb == "task.cancel"
                                   else self.others if verb in WAITS else ())
                 if task is not self.task]
        if not tasks or self.random.random() < 0.2:
            return self.scenario.tasks
        if verb == "task.cancel" and self.random.random() < 0.5:
            return tasks[:1]
        return tasks


def generate(seed):
    return to_text(Generator(seed).make())
