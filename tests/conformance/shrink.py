"""shrink.py - make a scenario smaller, as long as it shows what it shows."""

from scenario import VERBS, parse, to_text


def shrink(text, shows):
    """The smallest that can be reached by steps for which shows(text)."""
    found = True
    while found:
        found = False
        for candidate in smaller(text):
            if shows(candidate):
                text, found = candidate, True
                break
    return text


def smaller(text):
    """Scenarios that are a little simpler, the boldest first."""
    count = len(parse(text).tasks)
    for i in range(count):
        scenario = parse(text)
        del scenario.tasks[i]
        yield to_text(scenario)
    for i in range(sum(1 for _ in parse(text).steps())):
        for change in (drop, unwrap, unguard, unlimit, less, fewer):
            scenario = parse(text)
            step, steps = list(scenario.steps())[i]
            if change(step, steps):
                yield to_text(scenario)
    for name in parse(text).objects:
        scenario = parse(text)
        del scenario.objects[name]
        if all(name not in step.args for step, _ in scenario.steps()):
            yield to_text(scenario)
    for i in range(count):
        scenario = parse(text)
        if scenario.tasks[i].later:
            scenario.tasks[i].later = False
            yield to_text(scenario)


def drop(step, steps):
    steps.remove(step)
    return True


def unwrap(step, steps):
    at = steps.index(step)
    steps[at:at + 1] = step.body
    return bool(step.body)


def unguard(step, _):
    if step.final is not None and step.catches:
        step.final = None
        return True
    return False


def unlimit(step, _):
    had = step.limit is not None
    step.limit = None
    return had


def less(step, _):
    for i, arg in enumerate(step.args):
        if arg.isdigit() and int(arg) > 0:
            step.args[i] = str(int(arg) - 1)
            return True
    return False


def fewer(step, _):
    if VERBS.get(step.verb, "").endswith("T*") and step.args:
        return step.args.pop()[0] == "t"
    return False
