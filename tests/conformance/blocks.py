"""blocks.py - what stands around steps. As in blocks.h."""

import asyncio
import contextlib

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

    async def do_repeat(self, actor, step, count):
        for _ in range(int(count)):
            await self.steps(actor, step.body)
            if actor.leaving:
                return self.left_loop(actor)

    def left_loop(self, actor):
        """A `break` has come to its loop; a `return` goes on outward."""
        if actor.leaving == "break":
            actor.leaving = None

    async def produce(self, actor, step, count):
        """What the loops below go through."""
        try:
            for number in range(int(count)):
                await self.steps(actor, step.handler)
                if actor.leaving:
                    self.left_loop(actor)
                    return
                yield number
        finally:
            if step.final is not None and await self.finish(actor, step):
                self.left_loop(actor)
                return

    async def consume(self, actor, step, numbers):
        async for number in numbers:
            self.say(f"{actor.name}:{step.line} next {number}")
            await self.steps(actor, step.body)
            if actor.leaving:
                return self.left_loop(actor)

    async def do_for(self, actor, step, count):
        numbers = self.produce(actor, step, count)
        self.generators.append(numbers)
        await self.consume(actor, step, numbers)
        if not actor.leaving:
            await numbers.aclose()

    async def do_closing(self, actor, step, count):
        async with contextlib.aclosing(
                self.produce(actor, step, count)) as numbers:
            await self.consume(actor, step, numbers)
