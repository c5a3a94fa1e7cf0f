"""virtual.py - CPython's asyncio, with what it leaves open decided.

Time is virtual, equal deadlines are due in the order in which they were set,
and what is a set in its sources is walked in insertion order. Importing this
changes asyncio for the whole process.
"""

import ast
import asyncio
import inspect
import itertools
import sys
import textwrap
import warnings


class OrderedSet(dict):
    """As much of a set as asyncio uses, in insertion order."""

    def __init__(self, items=()):
        super().__init__(dict.fromkeys(items))

    def add(self, item):
        self[item] = None

    def discard(self, item):
        self.pop(item, None)

    def remove(self, item):
        del self[item]


class OrderSets(ast.NodeTransformer):
    """Turn `set(...)` and set comprehensions into OrderedSet."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "set":
            node.func.id = "OrderedSet"
        return node

    def visit_SetComp(self, node):
        self.generic_visit(node)
        items = ast.GeneratorExp(node.elt, node.generators)
        return ast.copy_location(
            ast.Call(ast.Name("OrderedSet", ast.Load()), [items], []), node)


def order_sets(module, *names):
    """Define these functions and classes of asyncio again, with order."""
    module.OrderedSet = OrderedSet
    for name in names:
        source = textwrap.dedent(inspect.getsource(getattr(module, name)))
        tree = ast.fix_missing_locations(OrderSets().visit(ast.parse(source)))
        exec(compile(tree, module.__file__, "exec"), module.__dict__)
        if hasattr(asyncio, name):
            setattr(asyncio, name, getattr(module, name))


class FifoTimerHandle(asyncio.TimerHandle):
    numbers = itertools.count()

    def __init__(self, *args):
        super().__init__(*args)
        self.number = next(self.numbers)

    def __lt__(self, other):
        return (self._when, self.number) < (other._when, other.number)


asyncio.events.TimerHandle = FifoTimerHandle
sys.unraisablehook = lambda _: None     # of plays that were given up,
warnings.simplefilter("ignore", RuntimeWarning)         # as these are
order_sets(asyncio.tasks, "wait", "_wait", "_AsCompletedIterator")
order_sets(asyncio.taskgroups, "TaskGroup")


class VirtualLoop(asyncio.BaseEventLoop):
    """A clock that jumps to the next deadline when nothing is ready. The loop
    is its own selector, of nothing."""

    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.turns = 0
        self._selector = self

    def time(self):
        return self.now

    def select(self, timeout):
        self.turns += 1
        if timeout is None:
            self.stop()             # nothing can ever happen
        else:
            self.now += timeout
        return []

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass
