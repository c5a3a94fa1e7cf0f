"""compare.py PROGRAM OUT SEEDS [FIRST] - does weft do what CPython does?

Plays the scenarios in scenarios/, then SEEDS made-up ones beginning with seed
FIRST (default 0), on asyncio and on PROGRAM (run.c), and compares what they
write, line by line. A scenario that differs is made as small as possible and
shown with both traces. What was reached on the way is counted in
OUT/coverage.txt, see coverage.py; COVERAGE=1 prints it.

    compare.py PROGRAM OUT FILE...      plays and compares these files
"""

import difflib
import os
import pathlib
import subprocess
import sys

import oracle
from coverage import SEEDS_FOR_ALL, Coverage
from generate import generate
from shrink import shrink

BATCH = 100                     # scenarios for one run of the program
SECONDS = 20                    # a run that takes longer hangs
MOST_SHOWN = 5


def as_played(text, name="a", trace=()):
    """The form that run.c reads and writes."""
    return "\n".join([f"== {name}", text.rstrip("\n"), "--", *trace, ""])


def expected(name, text, coverage):
    """The oracle's trace, or None for a scenario that it cannot play: tasks
    that wait for each other in a circle cannot be cancelled in CPython."""
    try:
        return oracle.run(text, coverage)
    except RecursionError:
        return None
    except Exception:
        print(f"the oracle fails at {name}:\n{text}")
        raise


class Weft:
    def __init__(self, program, folder):
        self.program = program
        self.file = pathlib.Path(folder) / f"scenarios.{os.getpid()}"
        self.file.parent.mkdir(parents=True, exist_ok=True)

    def run(self, texts):
        """The trace of each. A crash ends the trace of its scenario, and
        those behind it are played again."""
        traces = []
        while len(traces) < len(texts):
            traces += self.run_some(texts[len(traces):])
        self.file.unlink(missing_ok=True)
        return traces

    def run_some(self, texts):
        self.file.write_text("".join(map(as_played, texts)))
        try:
            done = subprocess.run([self.program, self.file], text=True,
                                  capture_output=True, timeout=SECONDS)
            output, end = done.stdout, done.returncode
            complaint = done.stderr.splitlines()[:12]
        except subprocess.TimeoutExpired as late:
            output, end, complaint = late.stdout or b"", "it hangs", []
            output = output.decode()
        traces = [part.partition("\n--\n")[2].splitlines() for part in
                  ("\n" + output).split("\n== ")[1:]] or [[]]
        if end != 0:
            traces[-1] += [f"! ends with {end}", *complaint]
        return traces


def differs(weft, text):
    try:
        right = oracle.run(text)
    except Exception:
        return False            # no scenario any more
    return weft.run([text])[0] != right


def show(weft, name, text):
    right, ours = oracle.run(text), weft.run([text])[0]
    print(f"FAIL {name}: differs, in this scenario")
    for number, line in enumerate(text.splitlines(), 1):
        print(f"    {number:3} {line}")
    for line in difflib.unified_diff(right, ours, "CPython", "weft", n=99,
                                     lineterm=""):
        print("    " + line)
    sys.stdout.flush()


def named_scenarios(args):
    """Name and text of each, in order."""
    for file in sorted(pathlib.Path(__file__).parent.glob("scenarios/*.txt")):
        yield file.stem, file.read_text()
    first = int(args[1]) if len(args) > 1 else 0
    for seed in range(first, first + int(args[0])):
        yield f"seed {seed}", generate(seed)


def batches(items):
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def report(coverage, file, is_enough):
    """True if something was never reached, though there was time enough."""
    table = "\n".join(coverage.table()) + "\n"
    file.write_text(table)
    if os.environ.get("COVERAGE"):
        print(table)
    missing = [" ".join(cell) for cell in coverage.missing()]
    if missing and is_enough:
        print("FAIL coverage: never seen: " + ", ".join(missing))
        return True
    print(f"{coverage.summary()}; see {file}")
    return False


def main(program, folder, *args):
    weft = Weft(program, folder)
    if not args[0].isdigit():
        items = ((file, pathlib.Path(file).read_text()) for file in args)
    else:
        items = named_scenarios(args)
    coverage = Coverage()
    same = different = circles = lines = 0
    for batch in batches(items):
        rights = [expected(name, text, coverage) for name, text in batch]
        playable = [(name, text, right) for (name, text), right
                    in zip(batch, rights) if right is not None]
        circles += len(batch) - len(playable)
        ours = weft.run([text for _, text, _ in playable])
        for (name, text, right), mine in zip(playable, ours):
            lines += len(right)
            if mine == right:
                same += 1
                continue
            different += 1
            if different <= MOST_SHOWN:
                show(weft, name, shrink(
                    text, lambda smaller: differs(weft, smaller)))
    missing = report(coverage, weft.file.parent / "coverage.txt",
                     same + different >= SEEDS_FOR_ALL)
    print(f"{'FAIL' if different else 'ok'} conformance: {same} scenarios "
          f"with {lines} events are the same as on CPython "
          f"{sys.version.split()[0]}, {different} differ, {circles} were "
          f"left out (tasks that wait in a circle)")
    return 1 if different or missing or not same else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
