"""generate.py - make up scenarios, from a seed, in which tasks collide."""

import random

from scenario import (BLOCKS, MUTEXES, NEVER, OBJECTS, VERBS, Scenario, Step,
                      Task, to_text)

# Which verbs make a task wait; the others are done at once. A theme is what
# some of a scenario's steps are about.
WAITS = {"sleep", "event.wait", "queue.put", "queue.get", "queue.join",
         "future.wait", "task.join", "gather", "gather_all", "shield",
         "wait", "as_completed", "lock.acquire", "semaphore.acquire",
         "condition.acquire", "condition.wait", "barrier.wait",
         "barrier.reset", "barrier.abort"}
RARE = {"log", "raise", "reraise", "return", "call_soon", "call_later",
        "queue.shutdown", "future.callback", "task.callback", "reschedule",
        "event.clear", "task.cancelling", "lock.locked", "semaphore.locked",
        "barrier.reset", "barrier.abort"}
THEMES = ("event", "queue", "future", "task", "gather", "call", "lock",
          "semaphore", "condition", "barrier", "shield", "wait", "as", "group")


# For a race: what all wait for, and what may happen to it in one moment.
RACES = {
    "event.wait": ("event.set", "event.clear"),
    "queue.get": ("queue.put_nowait", "queue.put_nowait", "queue.get_nowait"),
    "queue.put": ("queue.get_nowait", "queue.get_nowait", "queue.put_nowait"),
    "queue.join": ("queue.task_done", "queue.get_nowait", "queue.put_nowait"),
    "future.wait": ("future.set", "future.fail", "future.cancel"),
    "task.join": ("return", "raise", "sleep"),
    "gather": ("return", "raise", "sleep"),
    "gather_all": ("return", "raise", "sleep"),
    "shield": ("return", "raise", "sleep"),
    "wait": ("return", "raise", "sleep"),
    "as_completed": ("return", "raise", "sleep"),
    "lock.acquire": ("lock.release", "lock.release", "lock.acquire"),
    "semaphore.acquire": ("semaphore.release", "semaphore.release",
                          "semaphore.acquire"),
    "condition.wait": ("condition.notify", "condition.notify",
                       "condition.notify_all", "condition.wait"),
    "barrier.wait": ("barrier.wait", "barrier.wait", "barrier.reset",
                     "barrier.abort"),
    "group.spawn": ("return", "raise", "sleep"),
}
# What must have been done for others to have to wait, and the block inside
# which a verb makes sense.
BEFORE = {"queue.put": "queue.put_nowait", "queue.join": "queue.put_nowait",
          "lock.acquire": "lock.acquire",
          "semaphore.acquire": "semaphore.acquire"}
INSIDE = {"condition.wait": "with", "condition.notify": "with",
          "condition.notify_all": "with", "group.spawn": "group"}


class Generator:
    """Few objects, many tasks, few different times: so that they collide.

    In half of the scenarios tasks wait and act as it comes. In the others
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
        for kind, letter in OBJECTS.items():
            self.names[kind] = [f"{letter}{i}"
                                for i in range(pick.choice((1, 1, 2, 3)))]
            for name in self.names[kind]:
                self.scenario.objects[name] = self.declare(kind)
        for i in range(pick.randint(2, 7)):
            self.scenario.tasks.append(
                Task(f"t{i}", i > 0 and pick.random() < (
                    0.5 if "group" in self.themes else 0.1)))
        if pick.random() < 0.5:
            self.race()
        for task in self.scenario.tasks:
            self.task = task
            self.waiting = pick.choice((0.2, 0.5, 0.9))
            self.fill(task.body, pick.randint(0 if task.body else 1,
                                              3 if task.body else 8), 0, ())
        used = {arg for step, _ in self.scenario.steps() for arg in step.args}
        for name in set(self.scenario.objects) - used:
            del self.scenario.objects[name]
        return self.scenario

    def declare(self, kind):
        pick = self.random
        if kind == "queue" or kind == "semaphore":
            if kind == "semaphore" and pick.random() < 0.3:
                kind = "bounded"
            return kind, pick.choice((0, 1, 1, 2)) + (kind == "bounded")
        if kind == "barrier":
            return kind, pick.choice((1, 2, 2, 3))
        return kind, None

    def race(self):
        pick = self.random
        self.names = {kind: names[:1] for kind, names in self.names.items()}
        wait = pick.choice([*RACES])
        self.themes = [wait.split(".")[0].split("_")[0]]
        moment = pick.randint(0, 2)
        if wait == "group.spawn" or pick.random() < 0.1:
            self.themes = ["group", "task"]
            return self.group_race(moment)
        for task in self.scenario.tasks:
            self.task = task
            if pick.random() < 0.6:
                if pick.random() < 0.2:
                    task.body.append(Step("sleep", self.time()))
                task.body.append(self.limited(wait, moment))
                continue
            if wait in BEFORE:
                task.body.append(self.inside(BEFORE[wait]))
            task.body.append(Step("sleep", moment))
            for _ in range(pick.randint(1, 5)):
                verb = pick.choice((*RACES[wait], "task.cancel"))
                task.body.append(self.inside(verb))

    def group_race(self, moment):
        """A parent with children that end in several ways, and others who
        interfere with all of them."""
        pick = self.random
        tasks = self.scenario.tasks
        children = tasks[1:pick.randint(2, len(tasks))]
        block = Step("group")
        for child in children:
            child.later = True
            block.body.append(Step("group.spawn", child.name))
        self.task = tasks[0]
        for _ in range(pick.choice((0, 1, 1, 2))):
            verb = pick.choice(("sleep", "event.wait", "raise", "group.spawn"))
            block.body.append(Step(verb, *self.arguments(verb)))
        if pick.random() < 0.3:
            outer = Step(pick.choice(("timeout", "wait_for")), moment)
            outer.body.append(block)
            block = outer
        if pick.random() < 0.7:
            block = self.survive(block)
        tasks[0].body = [block, Step("task.cancelling", tasks[0].name),
                         Step("sleep", pick.randint(0, 1))]
        for self.task in tasks[1:]:
            self.task.body.append(Step("sleep", moment))
            for _ in range(pick.randint(0, 3)):
                verb = pick.choice(
                    ("raise", "return", "sleep", "event.wait", "task.cancel")
                    if self.task in children else
                    ("task.cancel", "task.cancel", "task.uncancel", "sleep"))
                step = Step(verb, *self.arguments(verb))
                if verb == "task.cancel" and pick.random() < 0.5:
                    step.args = [tasks[0].name]
                self.task.body.append(self.survive(step)
                                      if verb in WAITS and pick.random() < 0.5
                                      else step)

    def inside(self, verb):
        """The step, mostly in the block that it needs."""
        pick = self.random
        step = Step(verb, *self.arguments(verb))
        if verb not in INSIDE or (pick.random() < 0.1 and
                                  verb != "group.spawn"):
            return step
        block = Step(INSIDE[verb], *step.args[:1] if step.args and
                     INSIDE[verb] == "with" else ())
        block.body = [step, *(self.inside_again(verb)
                              for _ in range(pick.choice((0, 0, 1, 2))))]
        return block

    def inside_again(self, verb):
        pick = self.random
        verb = pick.choice((verb, "sleep", "task.cancel"))
        return Step(verb, *self.arguments(verb))

    def limited(self, verb, moment):
        """To wait, perhaps until that very moment."""
        pick = self.random
        step = self.inside(verb)
        way = pick.choice(("", "", "limit", "timeout", "wait_for", "try"))
        if way == "limit" and step.verb not in BLOCKS:
            step.limit = moment
        elif way == "try":
            step = self.survive(step)
        elif way and way != "limit":
            block = Step(way, moment)
            block.body.append(step)
            step = self.survive(block) if pick.random() < 0.5 else block
        return step

    def time(self):
        low = -1 if self.random.random() < 0.1 else 0
        return self.random.randint(low, self.longest)

    def fill(self, steps, count, depth, around):
        pick = self.random
        for _ in range(count):
            if depth < 3 and pick.random() < self.blocks:
                steps.append(self.block(depth, around))
            elif pick.random() < self.waiting:
                step = self.step(WAITS, around)
                if pick.random() < 0.5:
                    step = self.survive(step)
                steps.append(step)
            else:
                if pick.random() < 0.5:
                    steps.append(Step("sleep", self.time()))
                for _ in range(pick.randint(1, 4)):
                    steps.append(self.step(VERBS.keys() - WAITS, around))

    def survive(self, step):
        block = Step("try")
        block.catches = self.random.choice(("except", "except_all"))
        block.body = [step]
        return block

    def block(self, depth, around):
        pick = self.random
        verb = pick.choice([
            "try", *(verb for verb in BLOCKS
                     if verb not in ("with", "group") or verb in self.themes
                     or verb == "with" and {*MUTEXES} & {*self.themes})])
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

    def step(self, verbs, around):
        """One of these verbs: about a theme, or about tasks and time."""
        pick = self.random
        if "task.cancel" in verbs and pick.random() < self.cancels:
            return Step("task.cancel", *self.arguments("task.cancel"))
        verbs = [verb for verb in sorted(verbs)
                 if (verb.split(".")[0].split("_")[0] in self.themes
                     or verb in ("sleep", "raise", "return", "task.spawn")
                     or verb == "reraise" and "handler" in around
                     or verb == "reschedule" and "timeout" in around)
                 and (verb != "group.spawn" or "group" in around)
                 and (verb != "task.cancelling" or "task" in self.themes)]
        verb = pick.choices(verbs, [1 if verb in RARE else 5
                                    for verb in verbs])[0]
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
                yield pick.choice([name for mutex in MUTEXES
                                   for name in self.names[mutex]
                                   if mutex in self.themes])
            elif kind == "W" and verb == "wait":
                yield pick.choice(("all", "first", "exception"))
            elif kind == "N" and verb in ("wait", "as_completed"):
                yield pick.choice((NEVER, self.time()))
            elif kind == "W":
                yield pick.choice("abcdefgh")
            elif kind == "N" and verb in ("repeat", "queue.shutdown"):
                yield pick.randint(0, 1) + (verb == "repeat")
            elif kind == "N" and verb in ("sleep", "timeout", "wait_for",
                                          "call_later", "reschedule"):
                yield self.time()
            elif kind == "N":
                yield pick.randint(1, 9)
            elif kind == "T":
                # A task that waits for itself is another matter.
                yield pick.choice([task.name for task in self.scenario.tasks
                                   if verb not in ("task.join", "shield")
                                   or task is not self.task])
            else:
                yield from self.some_tasks()

    def some_tasks(self):
        others = [task.name for task in self.scenario.tasks
                  if task is not self.task]
        return self.random.choices(others, k=self.random.randint(0, 4))


def generate(seed):
    return to_text(Generator(seed).make())
