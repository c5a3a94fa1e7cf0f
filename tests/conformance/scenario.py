"""scenario.py - small concurrent programs as text, read and written.

A scenario declares objects and tasks. One line is one step; a block ends with
`end`, a task with the next `task`. All times are in eighths of a second, so
that they are exact in floating point as well as in ticks.

    event e0
    queue q0 1                  maxsize 1; also lifo q0 1, priority q0 1
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
with OBJECT (lock, semaphore, condition), group (with group.spawn inside), and
for what is done with the N values of a generator, `for N`, which ends with an
aclose(), or `closing N` for all of it in aclosing():

        for 3
            log a               with each value; break, perhaps
        from
            sleep 1             in the generator, before each value
        finally
            sleep 1             and at its end
        end

A time of NEVER is none.
Whoever adds a primitive adds its objects to OBJECTS and its verbs to VERBS,
the verbs also to verbs.py and verbs.h, to generate.py what may race with
what, and to coverage.py how they can end.
"""

NEVER = 99
# What a verb works on, and the arguments behind it: N a number, W a word,
# T a task, T* any number of them.
VERBS = {
    "sleep": "N",
    "log": "W",
    "raise": "N",
    "reraise": "",
    "return": "N",
    "break": "",
    "var.set": "var N",
    "var.get": "var",
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
    "task.eager": "T",
    "task.cancel": "T",
    "task.uncancel": "T",
    "task.cancelling": "T",
    "task.join": "T",
    "task.callback": "T W",
    "gather": "T*",
    "gather_all": "T*",
    "select": "T*",
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
    "condition.set": "condition N",
    "condition.wait_for": "condition N",
    "barrier.wait": "barrier",
    "barrier.reset": "barrier",
    "barrier.abort": "barrier",
}
# The verbs that make a task wait; the others are done at once.
WAITS = {"sleep", "event.wait", "queue.put", "queue.get", "queue.join",
         "future.wait", "task.join", "gather", "gather_all", "shield",
         "select", "wait", "as_completed", "lock.acquire",
         "semaphore.acquire", "condition.acquire", "condition.wait",
         "condition.wait_for", "barrier.wait", "barrier.reset",
         "barrier.abort"}
BLOCKS = {"try": "", "timeout": "N", "wait_for": "N", "repeat": "N",
          "with": "mutex", "group": "", "for": "N", "closing": "N"}
OBJECTS = {"event": "e", "queue": "q", "future": "f", "lock": "l",
           "semaphore": "s", "condition": "c", "barrier": "b", "var": "v"}
KINDS = {*OBJECTS, "lifo", "priority", "bounded"}
LOOPS = ("repeat", "for", "closing")
MUTEXES = ("lock", "semaphore", "condition")


class Step:
    def __init__(self, verb, *args, limit=None):
        self.verb = verb
        self.args = [str(arg) for arg in args]
        self.limit = limit      # eighths, or None
        self.line = 0
        self.body = []
        self.catches = None     # None, "except", "except_all" or "from"
        self.handler = []       # what is done then
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
        if verb in KINDS:
            scenario.objects[words[1]] = (
                verb, int(words[2]) if len(words) > 2 else None)
        elif verb == "task":
            task = Task(words[1], words[2:] == ["later"])
            scenario.tasks.append(task)
            steps, section, stack = task.body, None, []
        elif verb in ("except", "except_all", "from", "finally"):
            step = stack[-1][0]
            if verb == "finally":
                step.final = steps = []
                section = "final"
            else:
                step.catches = verb
                steps = step.handler
                section = "from" if verb == "from" else "handler"
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
