"""loops.py - the blocks whose steps are done again and again. As in loops.h.
"""

import contextlib


class Loops:
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
