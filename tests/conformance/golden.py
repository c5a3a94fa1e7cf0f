"""golden.py FOLDER [SEEDS [COUNT]] - choose scenarios to be kept with traces.

Plays the scenarios in scenarios/ and SEEDS made-up ones on CPython's asyncio,
and writes COUNT of them, with their traces, to FOLDER/golden-VERSION.txt.gz in
the form of run.c. golden.sh plays them again, without Python. It takes about
two minutes; `make golden` does it.

Chosen are short ones in which much is seen: a scenario is worth the things in
its trace that those before it do not have, for each of its letters. A thing is
how a step ended and inside of what, what happened directly after what, what
happened while another task was doing what, or which value came after which.
"""

import gzip
import heapq
import pathlib
import re
import sys

import oracle
from compare import as_played, named_scenarios


def things(play_ends, trace):
    last = [(None, None)] * 2
    for step, how in play_ends:
        last = [*last[1:], (step.verb, how)]
        yield tuple(last)
        outer = step.parent
        yield step.verb, how, step.limit is not None
        while outer is not None:
            yield step.verb, how, outer.verb
            outer = outer.parent
    before = value = None
    doing = {}                      # task -> what it began last
    for line in trace:
        time, name, what = re.match(r"(\d+) ([^ :]*):?\d* ?(.*)",
                                    line).groups()
        now = time, name, re.sub(r"\d+", "N", what)
        if before is not None:
            yield (before[2], now[2], before[0] == now[0],
                   before[1] == now[1])
        before = now
        for other, its in doing.items():
            if other != name:
                yield now[2], its
        doing[name] = now[2]
        if "get" in what and "->" in what:
            yield value, what
            value = what


class Ends:
    """What oracle.run counts in, of one play."""

    def add(self, ends):
        self.ends = ends


def candidates(seeds):
    for name, text in named_scenarios([seeds]):
        counted = Ends()
        try:
            trace = oracle.run(text, counted)
        except RecursionError:
            continue                # tasks that wait in a circle
        if not any(line.endswith(" stuck") for line in trace):
            yield (as_played(text, name, trace),
                   frozenset(map(hash, things(counted.ends, trace))))


def choose(found, count):
    """Those of scenarios/, then the most worth for each letter, again and
    again; what has been seen once begins to count again when nothing new is
    left."""
    chosen = [i for i, (text, _) in enumerate(found)
              if not text.startswith("== seed ")]
    seen = set()
    heap = [(-len(new) / len(text), i) for i, (text, new) in enumerate(found)
            if i not in chosen]
    heapq.heapify(heap)
    left = []
    while len(chosen) < count and (heap or left):
        if not heap:
            seen, heap, left = set(), left, []
            heapq.heapify(heap)
        _, i = heapq.heappop(heap)
        text, new = found[i]
        worth = len(new - seen) / len(text)
        if worth == 0:
            left.append((-len(new) / len(text), i))
        elif heap and -worth > heap[0][0]:
            heapq.heappush(heap, (-worth, i))
        else:
            chosen.append(i)
            seen |= new
    return [found[i][0] for i in sorted(chosen)]


def main(folder, seeds="30000", count="2000"):
    found = list(candidates(seeds))
    kept = choose(found, int(count))
    version = sys.version.split()[0]
    file = pathlib.Path(folder) / f"golden-{version}.txt.gz"
    file.write_bytes(gzip.compress("".join(kept).encode(), 9, mtime=0))
    print(f"{file}: {len(kept)} of {len(found)} scenarios, "
          f"{file.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
