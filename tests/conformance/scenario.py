"""scenario.py - small concurrent programs as text: read, write, make up, shrink.

A scenario declares objects and tasks. One line is one step; a block ends with
`end`, a task with the next `task`. All times are in eighths of a second, so
that they are exact in floating point as well as in ticks.

    event e0
    queue q0 1                  maxsize 1
    semaphore s0 2              bounded s0 2, barrier b0 3: so many
    task t0                     started at the beginning, in this order
        try
            limit 2 queue.get q0     any one step under wait_for
        except                  ordinary errors; except_all catches all
            reraise
        finally
            event.set e0
        end
    task t1 later               started by `task.spawn t1`

Blocks: try, timeout N, wait_for N (a coroutine under wait_for), repeat N,
with OBJECT (lock, semaphore, condition), group (with group.spawn inside). A
time of NEVER is none.
Whoever adds a primitive adds its verbs to VERBS here, to oracle.py and to
verbs.h, and its objects to OBJECTS: nothing else knows them.
"""

import random

NEVER = 99
# What a verb works on, and the arguments behind it: N a number, W a word,
# T a task, T* any number of them.
VERBS = {
    "sleep": "N",
    "log": "W",
    "raise": "N",
    "reraise": "",
    "return": "N",
    "event.set": "event",
    "event.clear": "event",
    "event.wait": "event",
    "queue.put": "queue N",
    "queue.get": "queue",
    "queue.put_nowait": "queue N",
    "queue.get_nowait": "queue",
    "queue.task_done": "queue",
    "queue.join": "queue",
    "queue.shutdown": "queue N",
    "future.set": "future N",
    "future.fail": "future N",
    "future.cancel": "future",
    "future.wait": "future",
    "future.callback": "future W",
    "task.spawn": "T",
    "task.cancel": "T",
    "task.uncancel": "T",
    "task.cancelling": "T",
    "task.join": "T",
    "task.callback": "T W",
    "gather": "T*",
    "gather_all": "T*",
    "shield": "T",
    "wait": "W N T*",
    "as_completed": "N T*",
    "group.spawn": "T",
    "call_soon": "W",
    "call_later": "N W",
    "reschedule": "N",
    "lock.acquire": "lock",
    "lock.release": "lock",
    "lock.locked": "lock",
    "semaphore.acquire": "semaphore",
    "semaphore.release": "semaphore",
    "semaphore.locked": "semaphore",
    "condition.acquire": "condition",
    "condition.release": "condition",
    "condition.wait": "condition",
    "condition.notify": "condition N",
    "condition.notify_all": "condition",
    "barrier.wait": "barrier",
    "barrier.reset": "barrier",
    "barrier.abort": "barrier",
}
BLOCKS = {"try": "", "timeout": "N", "wait_for": "N", "repeat": "N",
          "with": "mutex", "group": ""}
OBJECTS = {"event": "e", "queue": "q", "future": "f", "lock": "l",
           "semaphore": "s", "condition": "c", "barrier": "b"}
MUTEXES = ("lock", "semaphore", "condition")


class Step:
    def __init__(self, verb, *args, limit=None):
        self.verb = verb
        self.args = [str(arg) for arg in args]
        self.limit = limit      # eighths, or None
        self.line = 0
        self.body = []
        self.catches = None     # None, "except" or "except_all"
        self.handler = []
        self.final = None       # None, or the steps of `finally`
        self.parent = None      # the block around it
        self.section = None     # which of the block's lists it is in

    def lists(self):
        yield "body", self.body
        if self.catches:
            yield "handler", self.handler
        if self.final is not None:
            yield "final", self.final


class Task:
    def __init__(self, name, later=False):
        self.name = name
        self.later = later
        self.body = []


class Scenario:
    def __init__(self):
        self.objects = {}       # name -> (type, number or None)
        self.tasks = []

    def steps(self):
        """Every step, with the list it is in."""
        def walk(steps):
            for step in list(steps):
                yield step, steps
                for _, inner in step.lists():
                    yield from walk(inner)
        for task in self.tasks:
            yield from walk(task.body)


def to_text(scenario):
    lines = []

    def write(steps, depth):
        for step in steps:
            prefix = [] if step.limit is None else ["limit", str(step.limit)]
            words = prefix + [step.verb] + step.args
            lines.append("    " * depth + " ".join(words))
            if step.verb not in BLOCKS:
                continue
            write(step.body, depth + 1)
            if step.catches:
                lines.append("    " * depth + step.catches)
                write(step.handler, depth + 1)
            if step.final is not None:
                lines.append("    " * depth + "finally")
                write(step.final, depth + 1)
            lines.append("    " * depth + "end")

    for name, (kind, number) in scenario.objects.items():
        lines.append(f"{kind} {name}" + ("" if number is None
                                         else f" {number}"))
    for task in scenario.tasks:
        lines.append(f"task {task.name}" + (" later" if task.later else ""))
        write(task.body, 1)
    return "\n".join(lines) + "\n"


def parse(text):
    scenario = Scenario()
    stack = []                  # blocks that are open: (step, its list)
    steps = None
    section = None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        verb = words[0]
        if verb in OBJECTS or verb == "bounded":
            scenario.objects[words[1]] = (
                verb, int(words[2]) if len(words) > 2 else None)
        elif verb == "task":
            task = Task(words[1], words[2:] == ["later"])
            scenario.tasks.append(task)
            steps, section, stack = task.body, None, []
        elif verb in ("except", "except_all", "finally"):
            step = stack[-1][0]
            if verb == "finally":
                step.final = steps = []
                section = "final"
            else:
                step.catches = verb
                steps, section = step.handler, "handler"
        elif verb == "end":
            _, steps, section = stack.pop()
        else:
            limit = None
            if verb == "limit":
                limit, words = int(words[1]), words[2:]
                verb = words[0]
            if verb not in VERBS and verb not in BLOCKS:
                raise ValueError(f"line {number}: no verb {verb}")
            step = Step(verb, *words[1:], limit=limit)
            step.line = number
            step.parent = stack[-1][0] if stack else None
            step.section = section
            steps.append(step)
            if verb in BLOCKS:
                stack.append((step, steps, section))
                steps, section = step.body, "body"
    return scenario


# ---- making one up ----

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
        self.themes = self.random.sample(THEMES, self.random.choice((1, 1, 2, 3)))
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


# ---- making one smaller ----

def smaller(text):
    """Scenarios that are a little simpler, the boldest first."""
    count = len(parse(text).tasks)
    for i in range(count):
        scenario = parse(text)
        del scenario.tasks[i]
        yield to_text(scenario)
    for i in range(sum(1 for _ in parse(text).steps())):
        for change in (drop, unwrap, unguard, unlimit, less, fewer):
            scenario = parse(text)
            step, steps = list(scenario.steps())[i]
            if change(step, steps):
                yield to_text(scenario)
    for name in parse(text).objects:
        scenario = parse(text)
        del scenario.objects[name]
        if all(name not in step.args for step, _ in scenario.steps()):
            yield to_text(scenario)
    for i in range(count):
        scenario = parse(text)
        if scenario.tasks[i].later:
            scenario.tasks[i].later = False
            yield to_text(scenario)


def drop(step, steps):
    steps.remove(step)
    return True


def unwrap(step, steps):
    at = steps.index(step)
    steps[at:at + 1] = step.body
    return bool(step.body)


def unguard(step, _):
    if step.final is not None and step.catches:
        step.final = None
        return True
    return False


def unlimit(step, _):
    had = step.limit is not None
    step.limit = None
    return had


def less(step, _):
    for i, arg in enumerate(step.args):
        if arg.isdigit() and int(arg) > 0:
            step.args[i] = str(int(arg) - 1)
            return True
    return False


def fewer(step, _):
    if VERBS.get(step.verb, "").endswith("T*") and step.args:
        return step.args.pop()[0] == "t"
    return False
