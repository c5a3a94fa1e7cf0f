"""task_verbs.py - the verbs that are about other tasks. As in task_verbs.h."""

import asyncio

from words import outcome_of, seconds


class Selection(asyncio.Future):
    """asyncio has no select(). This is one as its gather() is: it hears of
    the children by their callbacks, and ends when all of them have."""

    def __init__(self, tasks, loop):
        super().__init__(loop=loop)
        self.tasks = tasks
        self.left = [*tasks]
        self.winner = None
        self.was_cancelled = False
        for task in tasks:
            task.add_done_callback(self.on_end)

    def on_end(self, task):
        self.left.remove(task)
        if self.winner is None:
            self.winner = task
            if not self.was_cancelled:      # if it was, they know
                self.cancel_children()
        if self.left:
            return
        if self.was_cancelled:
            self.set_exception(asyncio.CancelledError())
        else:
            self.set_result(self.winner)

    def cancel_children(self):
        for task in [*self.left]:
            task.cancel()

    def cancel(self, msg=None):
        if self.done():
            return False
        self.was_cancelled = True
        self.cancel_children()
        return True


class TaskVerbs:
    def do_task_spawn(self, actor, step, name):
        return self.spawn(name)

    def do_task_eager(self, actor, step, name):
        if name not in self.actors or name in self.tasks:
            return "none"
        asyncio.Task(self.act(self.actors[name]), loop=self.loop,
                     eager_start=True)

    def do_task_cancel(self, actor, step, name):
        if name not in self.tasks:
            return "none"
        self.note_cancel(actor, name)
        return "true" if self.tasks[name].cancel() else "false"

    def note_cancel(self, actor, name):
        """For Play.note: is it in a wait that has ended well already?"""
        task = self.tasks[name]
        future = task._fut_waiter
        if name != actor.name and not task._must_cancel and (
                future is None or future.done() and not future.cancelled()):
            self.actors[name].woken = True

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

    async def do_select(self, actor, step, *names):
        tasks = self.born(names)
        if not tasks:
            raise ValueError
        return tasks[await Selection(tasks, self.loop)]

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
