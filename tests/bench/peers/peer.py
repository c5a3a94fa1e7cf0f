"""peer.py - CPython's asyncio; with UVLOOP=1 the same program on uvloop.

The arguments and what is printed are those of ../program.c, and in addition

    peer.py w13 PORT CERTIFICATE    an echo server that speaks TLS
"""

import asyncio
import os
import random
import socket
import ssl
import sys
import time

now = time.perf_counter_ns


def tell(metric, value):
    digits = 2 if value < 100 else 1 if value < 1000 else 0
    print(f"{metric}\t{value:.{digits}f}", flush=True)


def memory_kb(line):
    with open("/proc/self/status") as file:
        return next(int(text.split()[1]) for text in file
                    if text.startswith(line + ":"))


# ---- Tasks ----


async def yielder(count):
    for _ in range(count):
        await asyncio.sleep(0)


async def run_yield(metric, tasks, count):
    begin = now()
    await asyncio.gather(*(yielder(count) for _ in range(tasks)))
    tell(metric, (now() - begin) / (tasks * count))


async def child():
    pass


async def yielding_child():
    await asyncio.sleep(0)


async def run_batches(metric, make, tasks, count):
    begin = now()
    for _ in range(count):
        await asyncio.gather(*[make() for _ in range(tasks)])
    tell(metric, (now() - begin) / (tasks * count))


async def run_one_by_one(count):
    begin = now()
    for _ in range(count):
        await asyncio.create_task(child())
    tell("seq_ns", (now() - begin) / count)


async def nested(depth, count):
    if depth > 1:
        await nested(depth - 1, count)
    else:
        await yielder(count)


async def run_nested(depth):
    count = 200000 // (depth + 10)
    begin = now()
    await asyncio.create_task(nested(depth, count))
    tell(f"depth{depth}_ns", (now() - begin) / count)


async def run_queue(metric, capacity, count):
    queue = asyncio.Queue(capacity)

    async def producer():
        for i in range(count):
            await queue.put(i)

    async def consumer():
        for i in range(count):
            assert await queue.get() == i

    begin = now()
    await asyncio.gather(producer(), consumer())
    tell(metric, (now() - begin) / count)


async def run_lock(tasks, count):
    lock = asyncio.Lock()

    async def locker():
        for _ in range(count):
            async with lock:
                await asyncio.sleep(0)

    begin = now()
    await asyncio.gather(*(locker() for _ in range(tasks)))
    tell("handover_ns", (now() - begin) / (tasks * count))


# ---- Time ----


async def run_sleep(tasks, seconds):
    before, begin = memory_kb("VmRSS"), now()
    for task in [asyncio.create_task(asyncio.sleep(seconds))
                 for _ in range(tasks)]:
        await task
    tell("wall_minus_sleep_s", (now() - begin) / 1e9 - seconds)
    tell("bytes_per_task", (memory_kb("VmHWM") - before) * 1024 / tasks)
    tell("peak_rss_MB", memory_kb("VmHWM") / 1024)


async def run_timers(count):
    loop = asyncio.get_running_loop()
    left, done = 0, None

    def count_down():
        nonlocal left
        left -= 1
        if left == 0:
            done.set_result(None)

    # Later than it takes to set them all.
    first = 0.5 + count * 8e-6
    delays = [first + random.random() for _ in range(count)]
    left, done = count // 2, loop.create_future()
    begin = now()
    timers = [loop.call_later(delay, count_down) for delay in delays]
    create = (now() - begin) / count
    begin = now()
    for timer in timers[::2]:
        timer.cancel()
    cancel = (now() - begin) / (count // 2)
    begin = time.process_time_ns()
    await done
    paced = (time.process_time_ns() - begin) / (count // 2)

    left, done = count // 2, loop.create_future()
    for _ in range(count // 2):
        loop.call_later(first + random.random() / 10, count_down)
    time.sleep(first + 0.2)
    begin = now()
    await done
    tell("create_ns", create)
    tell("cancel_ns", cancel)
    tell("fire_paced_cpu_ns", paced)
    tell("fire_burst_ns", (now() - begin) / (count // 2))


# ---- Connections ----


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        transport.get_extra_info("socket").setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


async def echo(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


guests = set()


async def chat(reader, writer):
    guests.add(writer)
    try:
        while line := await reader.readline():
            for guest in guests:
                guest.write(line)
    except ConnectionError:
        pass
    finally:
        guests.discard(writer)
        writer.close()


async def serve(handler, port, **options):
    options |= {"backlog": 4096}
    if handler is Echo:
        server = await asyncio.get_running_loop().create_server(
            Echo, "127.0.0.1", port, **options)
    else:
        server = await asyncio.start_server(
            handler, "127.0.0.1", port, **options)
    await server.serve_forever()


async def run_lines(lines, count):
    ends = socket.socketpair()
    reader, _ = await asyncio.open_connection(sock=ends[0])
    _, writer = await asyncio.open_connection(sock=ends[1])
    text = (b"x" * 79 + b"\n") * lines

    async def write():
        for _ in range(count):
            writer.write(text)
            await writer.drain()

    begin = now()
    task = asyncio.create_task(write())
    for _ in range(lines * count):
        assert len(await reader.readline()) == 80
    await task
    each = (now() - begin) / (lines * count)
    tell("line_ns", each)
    tell("MB_per_s", 80e3 / each)


async def main(word, *arguments):
    if word == "w1":
        await run_yield("t1000_ns", 1000, 300)
        await run_yield("t2_ns", 2, 30000)
    elif word == "w2":
        await run_batches("batch1000_ns", child, 1000, 100)
        await run_one_by_one(50000)
    elif word == "w3":
        await run_sleep(int(arguments[0]), float(arguments[1]))
    elif word == "w4":
        await run_queue("cap1_ns", 1, 50000)
        await run_queue("cap128_ns", 128, 200000)
    elif word == "w5":
        await run_timers(int(arguments[0]))
    elif word == "w6":
        await serve(echo if "streams" in arguments else Echo, arguments[0])
    elif word == "w7":
        for depth in 1, 10, 100, 1000:
            await run_nested(depth)
    elif word == "w8":
        await run_batches("per_child_ns", yielding_child, 1000, 100)
    elif word == "w9":
        await run_lock(100, 500)
    elif word == "w11":
        await serve(chat, arguments[0])
    elif word == "w12":
        await run_lines(800, 300)
    elif word == "w13":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments[1])
        await serve(echo, arguments[0], ssl=context)
    else:
        sys.exit(2)


if __name__ == "__main__":
    sys.setrecursionlimit(5000)
    if os.environ.get("UVLOOP"):
        import uvloop
        uvloop.install()
    asyncio.run(main(*sys.argv[1:]))
