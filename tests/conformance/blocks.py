"""blocks.py - what stands around steps. As in blocks.h."""

import asyncio

from words import EIGHTH, name_of


class Blocks:
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
            if await self.finish(actor, step):
                return

    async def finish(self, actor, step):
        """The steps of `finally`: true for a way out of it, as by `return`,
        which drops errors."""
        self.say(f"{actor.name}:{step.line} finally")
        leaving, actor.leaving = actor.leaving, None
        await self.steps(actor, step.final)
        if actor.leaving:
            return True
        actor.leaving = leaving

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
