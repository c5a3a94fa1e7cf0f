"""coverage.py - count what the scenarios have reached.

A row for each verb and block, a column for each way in which it can end:

    ok          at once; ok+ and others with a +: after waiting
    cancelled   while it waited
    earlier     cancelled before it began to wait
    woken       cancelled when it was woken already, and had not run yet
    theirs      what it waited for was cancelled

and the errors. MUST says what has to be there when SEEDS_FOR_ALL scenarios
have been played; `!` stands for what is missing.
"""

import collections

from scenario import BLOCKS, VERBS

SEEDS_FOR_ALL = 3000
COLUMNS = ("ok", "ok+", "cancelled", "earlier", "woken", "theirs", "timeout",
           "timeout+", "error", "error+", "group+", "empty", "full", "shut",
           "shut+", "broken", "broken+", "invalid", "invalid+")
MUST = {
    "sleep": "ok+ cancelled earlier woken timeout+",
    "log": "ok",
    "raise": "error",
    "reraise": "theirs timeout error",
    "return": "ok",
    "break": "ok",
    "var.set": "ok",
    "var.get": "ok",
    "event.set": "ok",
    "event.clear": "ok",
    "event.wait": "ok ok+ cancelled woken timeout+",
    "queue.put": "ok ok+ cancelled woken timeout+ shut shut+",
    "queue.get": "ok ok+ cancelled woken timeout+ shut shut+",
    "queue.put_nowait": "ok full shut",
    "queue.get_nowait": "ok empty shut",
    "queue.task_done": "ok invalid",
    "queue.join": "ok ok+ cancelled woken timeout+",
    "queue.shutdown": "ok",
    "future.set": "ok invalid",
    "future.fail": "ok invalid",
    "future.cancel": "ok",
    "future.wait": "ok ok+ cancelled woken theirs timeout+ error error+",
    "future.callback": "ok",
    "task.spawn": "ok",
    "task.eager": "ok",
    "task.cancel": "ok",
    "task.uncancel": "ok",
    "task.cancelling": "ok",
    "task.join": "ok ok+ cancelled woken theirs timeout+ error error+",
    "task.callback": "ok",
    "gather": "ok ok+ cancelled woken theirs timeout+ error error+",
    "gather_all": "ok ok+ cancelled woken timeout+",
    "select": "ok+ cancelled woken timeout+ invalid",
    "shield": "ok ok+ cancelled woken theirs timeout+ error error+",
    "wait": "ok+ cancelled woken timeout+ invalid",
    "as_completed": "ok ok+ cancelled woken timeout+",
    "group.spawn": "ok",
    "call_soon": "ok",
    "call_later": "ok",
    "reschedule": "ok",
    "lock.acquire": "ok ok+ cancelled woken timeout+",
    "lock.release": "ok invalid",
    "lock.locked": "ok",
    "semaphore.acquire": "ok ok+ cancelled woken timeout+",
    "semaphore.release": "ok invalid",
    "semaphore.locked": "ok",
    "condition.acquire": "ok ok+ cancelled woken timeout+",
    "condition.release": "ok invalid",
    "condition.wait": "ok+ cancelled woken invalid",
    "condition.notify": "ok invalid",
    "condition.notify_all": "ok invalid",
    "condition.set": "ok",
    "condition.wait_for": "ok ok+ cancelled woken invalid",
    "barrier.wait": "ok ok+ cancelled woken timeout+ broken broken+",
    "barrier.reset": "ok",
    "barrier.abort": "ok",
    "try": "ok ok+ cancelled earlier theirs timeout+ error error+ invalid",
    "timeout": "ok ok+ cancelled timeout+ error error+ group+ invalid",
    "wait_for": "ok ok+ cancelled woken timeout+ error invalid",
    "repeat": "ok ok+ cancelled timeout+ error+",
    "with": "ok ok+ cancelled timeout+ error error+",
    "group": "ok ok+ cancelled theirs group+",
    "for": "ok ok+ cancelled timeout+ error error+",
    "closing": "ok ok+ cancelled timeout+ error error+",
}


class Coverage:
    def __init__(self):
        self.cells = collections.Counter()      # (verb, column) -> how often
        self.nested = collections.Counter()     # (outer block, inner block)

    def add(self, ends):
        for step, how in ends:
            self.cells[step.verb, how] += 1
            if step.verb in BLOCKS:
                outer = step.parent
                while outer is not None:
                    self.nested[outer.verb, step.verb] += 1
                    outer = outer.parent

    def missing(self):
        for verb, columns in MUST.items():
            for column in columns.split():
                if not self.cells[verb, column]:
                    yield verb, column
        for outer in BLOCKS:
            for inner in BLOCKS:
                if not self.nested[outer, inner]:
                    yield f"{inner} inside", outer

    def table(self):
        missing = {*self.missing()}
        yield f"{'':20}{'runs':>9}" + "".join(f"{column:>10}"
                                             for column in COLUMNS)
        for verb in (*VERBS, *BLOCKS):
            counts = [self.cells[verb, column] for column in COLUMNS]
            yield f"{verb:20}{sum(counts):9}" + "".join(
                f"{'!' if (verb, column) in missing else count or '':>10}"
                for column, count in zip(COLUMNS, counts))
        yield ""
        yield f"{'inside':20}" + "".join(f"{outer:>9}" for outer in BLOCKS)
        for inner in BLOCKS:
            yield f"{inner:20}" + "".join(
                f"{self.nested[outer, inner] or '!':>9}" for outer in BLOCKS)

    def summary(self):
        return (f"coverage: {len(self.cells)} ways for "
                f"{len({verb for verb, _ in self.cells})} verbs and blocks "
                f"to end, {sum(1 for _ in self.missing())} missing")
