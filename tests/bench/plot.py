#!/usr/bin/env python3
"""plot.py - the charts and the page of one run of run.sh.

    plot.py RESULTS             docs/explanation/performance.md, and charts
    plot.py --tables RESULTS    only the tables, to stdout

A chart is an SVG of its own in docs/explanation/performance/, with colours that
can be read on white and on black. What the page says is in page.md, where a
line {NAME} stands for what this program makes of the figures.
"""

import collections
import math
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
DOCS = HERE.parent.parent / "docs" / "explanation"

# Sides that leave out what weft has: floors, not competitors.
LIMITS = {"pt-limit", "cpp20", "epoll", "openssl"}
OURS = {"weft", "weft-streams"}

# Chart: panels of title, workload, metric, unit, and whether more is better.
CHARTS = {
    "yield": [("1,000 tasks", "w1", "t1000_ns", "ns", False),
              ("2 tasks", "w1", "t2_ns", "ns", False)],
    "spawn": [("batches of 1,000", "w2", "batch1000_ns", "ns", False),
              ("one by one", "w2", "seq_ns", "ns", False)],
    "sleep": [("memory of a task", "w3", "bytes_per_task", "bytes", False),
              ("time beyond the sleep", "w3", "wall_minus_sleep_s", "s",
               False)],
    "queue": [("one place", "w4", "cap1_ns", "ns", False),
              ("128 places", "w4", "cap128_ns", "ns", False)],
    "timers": [("set", "w5", "create_ns", "ns", False),
               ("cancel", "w5", "cancel_ns", "ns", False),
               ("fire, all at once", "w5", "fire_burst_ns", "ns", False),
               ("fire, one by one", "w5", "fire_paced_cpu_ns", "ns", False)],
    "echo": [("64 bytes, 100 connections", "w6-100x64", "req_per_s", "/s",
              True),
             ("16 KiB, 100 connections", "w6-100x16384", "req_per_s", "/s",
              True)],
    "depth": [("1 deep", "w7", "depth1_ns", "ns", False),
              ("1,000 deep", "w7", "depth1000_ns", "ns", False)],
    "gather": [("a child", "w8", "per_child_ns", "ns", False)],
    "lock": [("a hand-over", "w9", "handover_ns", "ns", False)],
    "files": [("1 KiB", "w10-1k", "req_per_s", "/s", True),
              ("100 KiB", "w10-100k", "req_per_s", "/s", True)],
    "chat": [("lines heard", "w11", "req_per_s", "/s", True)],
    "lines": [("lines of 80 bytes", "w12", "MB_per_s", "MB/s", True)],
    "tls": [("16 KiB, 10 connections", "w13", "req_per_s", "/s", True)],
}

# Chart: title, workload, what is counted, what it costs.
CURVES = {
    "scale-yield": ("Nanoseconds of a yield", "tasks"),
    "scale-sleep": ("Bytes of a sleeping task", "tasks"),
    "scale-timers": ("Nanoseconds to set and cancel a timer", "timers"),
    "scale-connections": ("Echoes a second", "connections"),
    "scale-memory": ("Bytes of a connection, in the server", "connections"),
    "scale-cores": ("Yields a microsecond", "threads"),
}


def read(name):
    """What the run says of itself, and {(workload, metric): {peer: median}}."""
    about, figures = [], collections.defaultdict(dict)
    for line in open(name):
        if line.startswith("#"):
            about.append(line[1:].strip())
            continue
        workload, peer, metric, median, least, most, samples = line.split("\t")
        if workload != "workload":
            figures[workload, metric][peer] = float(median)
    return about, figures


def number(value):
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


# ---- Charts ----

STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #6e7781 }
.title { font-weight: 600 }
.right { text-anchor: end }
.middle { text-anchor: middle }
.ours { fill: #2f81f7; stroke: #2f81f7 }
.limit { fill: #8c959f66; stroke: #8c959f }
.other { fill: #8c959f; stroke: #8c959f }
.grid { stroke: #8c959f55 }
.curve { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #b1bac4 } }
</style>
"""

WIDTH, LEFT, RIGHT, ROW = 720, 130, 90, 20


def svg(name, height, parts):
    (DOCS / "performance").mkdir(exist_ok=True)
    (DOCS / "performance" / f"{name}.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
        f'height="{height}" viewBox="0 0 {WIDTH} {height}">\n'
        + STYLE + "\n".join(parts) + "\n</svg>\n")


def text(x, y, words, kind=""):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{words}</text>'


def line(x1, y1, x2, y2, kind="grid"):
    return (f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" '
            f'y2="{y2:.1f}"/>')


def decades(values):
    """From below the least to above the most."""
    low = math.floor(math.log10(min(values) * 0.999))
    high = math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def kind_of(peer):
    return "ours" if peer in OURS else "limit" if peer in LIMITS else "other"


def ranked(peers, more_is_better):
    return sorted(peers.items(), key=lambda item: item[1],
                  reverse=more_is_better)


def draw_bars(name, panels, figures):
    parts, y = [], 0
    for title, workload, metric, unit, more_is_better in panels:
        peers = {peer: value
                 for peer, value in figures[workload, metric].items()
                 if value > 0}
        if not peers:
            continue
        low, high = decades(peers.values())
        scale = (WIDTH - LEFT - RIGHT) / (high - low)
        direction = "more is better" if more_is_better else "less is better"
        parts.append(text(8, y + 18, f"{title} ({unit}, {direction})",
                          "title"))
        top, y = y + 28, y + 28
        for peer, value in ranked(peers, more_is_better):
            length = (math.log10(value) - low) * scale
            parts.append(text(LEFT - 8, y + 14, peer, "right"))
            parts.append(
                f'<rect class="{kind_of(peer)}" x="{LEFT}" y="{y + 3}" '
                f'width="{length:.1f}" height="{ROW - 6}"/>')
            parts.append(text(LEFT + length + 6, y + 14, number(value)))
            y += ROW
        for power in range(low, high + 1):
            x = LEFT + (power - low) * scale
            parts.append(line(x, top, x, y))
            parts.append(text(x, y + 14, f"{10.0 ** power:,g}", "middle"))
        y += 30
    if parts:
        svg(name, y, parts)
    return bool(parts)


def curves_of(figures, workload):
    curves = collections.defaultdict(list)
    for (found, metric), peers in figures.items():
        if found == workload:
            for peer, value in peers.items():
                curves[peer].append((float(metric), value))
    return {peer: sorted(points) for peer, points in curves.items()}


def draw_curves(name, title, unit, figures):
    curves = curves_of(figures, name)
    points = [point for curve in curves.values() for point in curve
              if point[1] > 0]
    if not points:
        return False
    bottom, height = 250, 290
    x_low = math.floor(math.log10(min(x for x, _ in points)))
    x_high = max(x_low + 1,
                 math.ceil(math.log10(max(x for x, _ in points))))
    y_low, y_high = decades([y for _, y in points])

    def place(x, y):
        return (LEFT + (math.log10(x) - x_low) / (x_high - x_low)
                * (WIDTH - LEFT - RIGHT),
                bottom - (math.log10(y) - y_low) / (y_high - y_low) * 200)

    parts = [text(8, 18, f"{title}, by {unit}", "title")]
    for power in range(x_low, x_high + 1):
        x, _ = place(10.0 ** power, 10.0 ** y_low)
        parts += [line(x, 50, x, bottom),
                  text(x, bottom + 18, f"{10.0 ** power:,.0f}", "middle")]
    for power in range(y_low, y_high + 1):
        _, y = place(10.0 ** x_low, 10.0 ** power)
        parts += [line(LEFT, y, WIDTH - RIGHT, y),
                  text(LEFT - 8, y + 4, f"{10.0 ** power:,g}", "right")]
    for peer, curve in curves.items():
        places = [place(x, y) for x, y in curve if y > 0]
        if not places:
            continue
        kind = "ours" if peer == "weft" else "other"
        parts.append(f'<polyline class="{kind} curve" style="fill: none" '
                     'points="' + " ".join(f"{x:.1f},{y:.1f}"
                                           for x, y in places) + '"/>')
        x, y = places[-1]
        parts.append(text(x + 6, y + 4, f"{peer} {number(curve[-1][1])}"))
    svg(name, height, parts)
    return True


# ---- Tables ----


def table_of_panel(panel, figures):
    title, workload, metric, unit, more_is_better = panel
    peers = figures[workload, metric]
    if not peers:
        return []
    ours = peers.get("weft")
    rows = [f"| {title} | {unit} | times weft |", "|---|---:|---:|"]
    for peer, value in ranked(peers, more_is_better):
        ratio = number(value / ours) if ours else ""
        rows.append(f"| {peer} | {number(value)} | {ratio} |")
    return rows + [""]


def table_of_curve(name, figures):
    title, unit = CURVES[name]
    curves = curves_of(figures, name)
    if not curves:
        return []
    counts = sorted({x for curve in curves.values() for x, _ in curve})
    rows = [f"| {title} | " + " | ".join(f"{x:,.0f}" for x in counts) + " |",
            "|---" + "|---:" * len(counts) + "|"]
    for peer, curve in curves.items():
        values = dict(curve)
        rows.append(f"| {peer} | " + " | ".join(
            number(values[x]) if x in values else "" for x in counts) + " |")
    return rows + [""]


def duels(figures):
    shapes = ["duel-100x64", "duel-100x16384"]
    peers = set().union(*(figures[shape, "ratio"] for shape in shapes))
    rows = ["| requests a second, times raw libev's | 64 bytes | 16 KiB |",
            "|---|---:|---:|"]
    for peer in sorted(peers, key=lambda peer:
                       -figures[shapes[0], "ratio"].get(peer, 0)):
        cells = [f"{figures[shape, 'ratio'][peer]:.3f}"
                 if peer in figures[shape, "ratio"] else ""
                 for shape in shapes]
        rows.append(f"| {peer} | {cells[0]} | {cells[1]} |")
    return rows + [""]


def behind(figures):
    """Where somebody who is no limit is ahead of weft by five percent."""
    rows = []
    for name, panels in CHARTS.items():
        for title, workload, metric, unit, more_is_better in panels:
            peers = figures[workload, metric]
            if "weft" not in peers:
                continue
            ahead = []
            for peer, value in ranked(peers, more_is_better):
                if value <= 0 or peer in OURS | LIMITS:
                    continue
                times = peers["weft"] / value
                times = 1 / times if more_is_better else times
                if times > 1.05:
                    ahead.append(f"{peer} ({number(times)} times)")
            if ahead:
                rows.append(f"* {name}, {title}: {', '.join(ahead)}")
    return rows or ["* nowhere, in this run"]


# ---- Ten million connections ----


def of_most(figures, workload, peer):
    """The figure of the longest run of a curve; 0 if there is none."""
    curve = curves_of(figures, workload).get(peer)
    return curve[-1][1] if curve else 0


def million(figures):
    def at(workload, peer):
        return of_most(figures, workload, peer)

    gb = 10_000_000 / 2 ** 30
    kernel = at("scale-kernel", "weft")
    timer = at("scale-sleep", "weft")
    rows = ["| for each connection | bytes | ten million of them, GB |",
            "|---|---:|---:|"]
    for what, size in [
            ("a protocol, in the server", at("scale-memory", "weft")),
            ("or a stream and its task", at("scale-memory", "weft-streams")),
            ("a task of its own that sleeps, for a timeout", timer),
            ("in the kernel: socket, file, descriptor, poller", kernel)]:
        rows.append(f"| {what} | {number(size)} | {number(size * gb)} |")
    messages = 10_000_000 / 60
    echoes = at("scale-connections", "weft")
    timer = messages * at("scale-timers", "weft") / 1e7
    return rows + [
        "",
        f"One message a minute of each makes {messages:,.0f} a second. At the",
        "rate of the most connections above, where the clients had a processor",
        f"of their own, one loop echoes {number(echoes)} a second. A timeout",
        "that is set anew with each message costs setting and cancelling a",
        f"timer: at the price of the most timers above, {timer:.0f} % of one",
        "processor."]


# ---- The page ----


def blocks(figures):
    made = {"duels": duels(figures), "behind": behind(figures),
            "million": million(figures)}
    for name, panels in CHARTS.items():
        made[name] = [row for panel in panels
                      for row in table_of_panel(panel, figures)]
    for name in CURVES:
        made[name] = table_of_curve(name, figures)
    return made


def main():
    if sys.argv[1] == "--tables":
        about, figures = read(sys.argv[2])
        made = blocks(figures)
        for name, rows in made.items():
            if rows:
                print(f"### {name}\n\n" + "\n".join(rows))
        return
    about, figures = read(sys.argv[1])
    made = blocks(figures)
    made["machine"] = [f"* {row}" for row in about]
    for name, panels in CHARTS.items():
        if draw_bars(name, panels, figures):
            made[name] = [f"![{name}](performance/{name}.svg)", ""] \
                + made[name]
    for name, (title, unit) in CURVES.items():
        if draw_curves(name, title, unit, figures):
            made[name] = [f"![{title}](performance/{name}.svg)", ""] \
                + made[name]
    page = []
    for row in open(HERE / "page.md"):
        row = row.rstrip("\n")
        if row.startswith("{") and row.endswith("}"):
            page += "\n".join(made[row[1:-1]]).rstrip("\n").split("\n")
        else:
            page.append(row)
    (DOCS / "performance.md").write_text("\n".join(page) + "\n")


if __name__ == "__main__":
    main()
