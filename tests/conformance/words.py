"""words.py - errors, results and times, as both sides write them."""

import asyncio

from scenario import NEVER

EIGHTH = 0.125


class UserError(Exception):
    pass


def name_of(error):
    """An error as both sides write it."""
    if isinstance(error, RecursionError):
        raise error             # see Play.notice in oracle.py
    if isinstance(error, UserError):
        return f"error {error.args[0]}"
    for kind, name in ((asyncio.CancelledError, "cancelled"),
                       (TimeoutError, "timeout"),
                       (asyncio.QueueEmpty, "empty"),
                       (asyncio.QueueFull, "full"),
                       (asyncio.QueueShutDown, "shut down"),
                       (asyncio.BrokenBarrierError, "broken"),
                       (BaseExceptionGroup, "group"),
                       (asyncio.InvalidStateError, "invalid"),
                       (ValueError, "invalid"),
                       (RuntimeError, "invalid")):
        if isinstance(error, kind):
            return name
    raise error


def outcome_of(future):
    """How a task ended, in words."""
    if not future.done():
        return "runs"
    if future.cancelled():
        return "cancelled"
    if future.exception() is not None:
        return name_of(future.exception())
    return str(future.result())


def seconds(time):
    return None if int(time) == NEVER else int(time) * EIGHTH
