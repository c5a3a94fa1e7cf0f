"""races.py - scenarios in which all wait for one thing, and others do to it,
and to them, all they can think of in one moment."""

from scenario import BLOCKS, LOOPS, WAITS, Step

ENDS = ("return", "return", "return", "raise", "raise", "sleep")
# For a race: what all wait for, and what may happen to it in one moment.
RACES = {
    "event.wait": ("event.set", "event.clear"),
    "queue.get": ("queue.put_nowait", "queue.put_nowait", "queue.get_nowait",
                  "queue.shutdown"),
    "queue.put": ("queue.get_nowait", "queue.get_nowait", "queue.get_nowait",
                  "queue.shutdown", "queue.shutdown"),
    "queue.join": ("queue.task_done", "queue.task_done", "queue.get_nowait",
                   "queue.put_nowait"),
    "future.wait": ("future.set", "future.fail", "future.cancel"),
    "task.join": ENDS,
    "select": ENDS,
    "for": ("event.set", "event.clear", "sleep"),
    "closing": ("event.set", "event.clear", "sleep"),
    "gather": ENDS,
    "gather_all": ENDS,
    "shield": ENDS,
    "wait": ENDS,
    "as_completed": ENDS,
    "lock.acquire": ("lock.release", "lock.release", "lock.acquire"),
    "semaphore.acquire": ("semaphore.release", "semaphore.release",
                          "semaphore.acquire"),
    "condition.acquire": ("condition.release", "condition.release",
                          "condition.acquire"),
    "condition.wait": ("condition.notify", "condition.notify",
                       "condition.notify_all", "condition.wait"),
    "condition.wait_for": ("condition.set", "condition.set", "condition.set",
                           "condition.notify_all", "condition.notify_all"),
    "barrier.wait": ("barrier.wait", "barrier.wait", "barrier.reset",
                     "barrier.abort"),
    "group.spawn": ENDS,
}
# What must have been done for others to have to wait, and the block inside
# which a verb makes sense.
BEFORE = {"queue.put": "queue.put_nowait", "queue.join": "queue.put_nowait",
          "lock.acquire": "lock.acquire",
          "condition.acquire": "condition.acquire",
          "semaphore.acquire": "semaphore.acquire"}
INSIDE = {"condition.wait": "with", "condition.wait_for": "with",
          "condition.notify": "with",
          "condition.notify_all": "with", "group.spawn": "group"}


class Races:
    """A part of the generator."""

    def race(self):
        pick = self.random
        tasks = self.scenario.tasks
        self.names = {kind: names[:1] for kind, names in self.names.items()}
        wait = pick.choice([*RACES, *(wait for wait in RACES
                                      if RACES[wait] is ENDS)])
        self.themes = [wait.split(".")[0].split("_")[0]]
        if wait in LOOPS:
            self.themes.append("event")
        moment = pick.randint(0, 2)
        if wait == "group.spawn" or pick.random() < 0.1:
            self.themes = ["group", "task"]
            return self.group_race(moment)
        self.waiters = [task for task in tasks if pick.random() < 0.6]
        others = [task for task in tasks if task not in self.waiters]
        awaits_tasks = RACES[wait] is ENDS
        self.others = others[:-1] if awaits_tasks else others
        for self.task in self.waiters:
            if pick.random() < 0.2:
                self.task.body.append(Step("sleep", self.time()))
            self.task.body.append(self.limited(wait, moment))
        for self.task in others:
            if wait in BEFORE and self.task is others[0]:
                self.task.body.append(self.inside(BEFORE[wait]))
            self.task.body.append(Step("sleep", moment))
            if awaits_tasks and self.task in self.others:
                self.task.body.append(self.inside(pick.choice(RACES[wait])))
            else:
                self.act(wait)

    def act(self, wait):
        """What wakes the waiters, and cancels them at once, or some turns
        later: when they have been woken, and have not run yet."""
        pick = self.random
        is_late = RACES[wait] is ENDS
        cancels = 0.8 if is_late else 0.4
        turns = (0, 1, 1, 1, 2, 3) if is_late else (0, 0, 0, 1, 2)
        for _ in range(pick.randint(1, 5)):
            self.task.body += [Step("sleep", 0)
                               for _ in range(pick.choice(turns))]
            wakes = pick.random() >= cancels
            if wakes:
                self.task.body.append(self.inside(pick.choice(RACES[wait])))
            if not wakes or pick.random() < 0.4:
                self.task.body.append(self.inside("task.cancel"))

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
        if verb in LOOPS:
            return self.loop(verb, 0, ())
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
