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
        if pick.random() < 0.08:
            return pick.choice((self.family, self.order))()
        if wait in LOOPS:
            self.themes.append("event")
        moment = pick.randint(0, 2)
        if wait == "group.spawn" or pick.random() < 0.1:
            self.themes = ["group", "task"]
            return self.group_race(moment)
        if len(tasks) > 2 and pick.random() < 0.6:
            self.pure_race(wait, moment)
        else:
            self.wild_race(wait, moment)

    def wild_race(self, wait, moment):
        pick = self.random
        tasks = self.scenario.tasks
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

    def pure_race(self, wait, moment):
        """One task wakes one or two of those who wait, and cancels one: and
        nothing else, which could hide what becomes of it."""
        pick = self.random
        self.is_pure = True
        actor, *tasks = self.scenario.tasks
        count = pick.randint(1, len(tasks) - 1)
        self.waiters, self.others = tasks[:count], tasks[count:]
        for kind, number in (("queue", 1), ("semaphore", 1),
                             ("barrier", count + 1)):
            name = self.names[kind][0]
            self.scenario.objects[name] = (
                self.scenario.objects[name][0], number)
        for self.task in self.waiters:
            self.task.later = False
            self.task.body.append(
                self.limited(wait, moment) if pick.random() < 0.3
                else self.survive(self.inside(wait)) if pick.random() < 0.4
                else self.inside(wait))
        for self.task in self.others:
            self.task.later = False
            if RACES[wait] is ENDS:
                self.task.body = [Step("sleep", moment),
                                  self.inside(pick.choice(RACES[wait]))]
        self.task = actor
        if wait in BEFORE:
            actor.body.append(self.inside(BEFORE[wait]))
        actor.body.append(Step("sleep", moment))
        actor.body += self.wake(wait)
        actor.body.append(Step("task.cancel", (
            self.waiters[0] if pick.random() < 0.7
            else pick.choice(self.waiters)).name))

    def wake(self, wait):
        pick = self.random
        if RACES[wait] is ENDS:     # they end by themselves
            return [Step("sleep", 0)
                    for _ in range(pick.choice((1, 2, 2, 2, 3, 4)))]
        if wait.startswith("queue.") and pick.random() < 0.2:
            return [Step("queue.shutdown", "q0", pick.randint(0, 1))]
        if wait == "condition.wait_for":
            return [Step("condition.set", "c0", 3),
                    self.inside("condition.notify_all")]
        return [self.inside(RACES[wait][0])
                for _ in range(pick.choice((1, 1, 2)))]

    def family(self):
        """Tasks that beget tasks, and all set a variable and look at it."""
        pick = self.random
        self.themes = ["var"]
        for self.task in self.scenario.tasks:
            self.task.later = self.task is not self.scenario.tasks[0]
            for _ in range(pick.randint(2, 6)):
                verb = pick.choice(("var.set", "var.get", "var.get", "sleep",
                                    "task.spawn", "task.eager"))
                step = Step(verb, *self.arguments(verb))
                self.task.body.append(step)
        self.scenario.tasks[0].body.append(Step("var.get", "v0"))

    def order(self):
        """A queue with so many items that it matters which comes first."""
        pick = self.random
        self.themes = ["queue"]
        self.scenario.objects["q0"] = (pick.choice(("priority", "priority",
                                                    "lifo", "queue")), 0)
        for self.task in self.scenario.tasks[:2]:
            for verb in ("queue.put_nowait", "queue.get_nowait") * 2:
                self.task.body += [Step(verb, *self.arguments(verb))
                                   for _ in range(pick.randint(1, 6))]
                if pick.random() < 0.3:
                    self.task.body.append(Step("sleep", 0))

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
