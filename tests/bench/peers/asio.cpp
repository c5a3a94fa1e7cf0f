// asio.cpp - asio with the coroutines of C++20, on an io_context of one thread:
// its own executor type, and the hint that nobody else uses it (no locks).
#include <array>
#include <asio.hpp>
#include <asio/experimental/channel.hpp>
#include <cstring>
#include <ctime>
#include <vector>

#include "../bench.h"

namespace
{

using Executor = asio::io_context::executor_type;
using Task = asio::awaitable<void, Executor>;
using Clock = std::chrono::steady_clock;
using Timer =
    asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;
using Channel =
    asio::experimental::channel<Executor, void(std::error_code, int)>;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using asio::co_spawn;
using asio::detached;

constexpr asio::use_awaitable_t<Executor> use{};
asio::io_context context(ASIO_CONCURRENCY_HINT_UNSAFE);
Executor executor = context.get_executor();
long left;

void run()
{
    context.restart();
    context.run();
}

Task yielder(long count)
{
    for (long i = 0; i < count; i++) {
        co_await asio::post(executor, use);
    }
}

void run_yield(long tasks, long count)
{
    for (long i = 0; i < tasks; i++) {
        co_spawn(executor, yielder(count), detached);
    }
    run();
}

Task child()
{
    co_return;
}

Task yielding_child()
{
    co_await asio::post(executor, use);
}

// The last child wakes the parent.
Task spawner(Task (*make)(), long tasks, long count)
{
    Channel done(executor, 1);

    for (long i = 0; i < count; i++) {
        if (tasks == 1) {
            co_await co_spawn(executor, make(), use);
            continue;
        }
        long running = tasks;

        for (long k = 0; k < tasks; k++) {
            co_spawn(executor, make(), [&](std::exception_ptr) {
                if (--running == 0) {
                    done.try_send(std::error_code(), 0);
                }
            });
        }
        co_await done.async_receive(use);
    }
}

void run_spawn(long tasks, long count)
{
    co_spawn(executor, spawner(child, tasks, count), detached);
    run();
}

void run_gather(long tasks, long count)
{
    co_spawn(executor, spawner(yielding_child, tasks, count), detached);
    run();
}

Task nested(long depth, long count)
{
    if (depth > 1) {
        co_await nested(depth - 1, count);
        co_return;
    }
    for (long i = 0; i < count; i++) {
        co_await asio::post(executor, use);
    }
}

void run_nested(long depth, long count)
{
    co_spawn(executor, nested(depth, count), detached);
    run();
}

Task producer(Channel &channel, long count)
{
    for (long i = 0; i < count; i++) {
        co_await channel.async_send(std::error_code(), int(i), use);
    }
}

Task consumer(Channel &channel, long count)
{
    for (long i = 0; i < count; i++) {
        if (co_await channel.async_receive(use) != int(i)) {
            abort();
        }
    }
}

void run_queue(long capacity, long count)
{
    Channel channel(executor, std::size_t(capacity));

    co_spawn(executor, producer(channel, count), detached);
    co_spawn(executor, consumer(channel, count), detached);
    run();
}

// There is no lock for coroutines: a channel with one place is what people use.
Task locker(Channel &lock, long count)
{
    for (long i = 0; i < count; i++) {
        co_await lock.async_send(std::error_code(), 0, use);
        co_await asio::post(executor, use);
        lock.try_receive([](std::error_code, int) {});
    }
}

void run_lock(long tasks, long count)
{
    Channel lock(executor, 1);

    for (long i = 0; i < tasks; i++) {
        co_spawn(executor, locker(lock, count), detached);
    }
    run();
}

// ---- Time ----

Clock::duration seconds_of(double seconds)
{
    return std::chrono::nanoseconds(long(seconds * 1e9));
}

Task sleeper(double seconds)
{
    Timer timer(executor, seconds_of(seconds));
    co_await timer.async_wait(use);
}

void run_sleep(long tasks, double seconds)
{
    for (long i = 0; i < tasks; i++) {
        co_spawn(executor, sleeper(seconds), detached);
    }
    run();
}

void count_down(std::error_code error)
{
    left -= !error;
}

Clock::time_point deadline(Clock::time_point begin, double first, double span)
{
    return begin + seconds_of(first + span * double(next_random() % 1000000) *
                                          1e-6);
}

void run_timers(long count, struct timer_costs *costs)
{
    std::vector<Timer> timers;
    timers.reserve(std::size_t(count));
    auto now = Clock::now();
    double begin = now_ns();

    for (long i = 0; i < count; i++) {
        timers.emplace_back(executor, deadline(now, 1, 1));
        timers.back().async_wait(count_down);
    }
    costs->create = (now_ns() - begin) / double(count);
    begin = now_ns();
    for (long i = 0; i < count / 2; i++) {
        timers[std::size_t(2 * i)].cancel();
    }
    costs->cancel = (now_ns() - begin) / double(count / 2);
    begin = busy_ns();
    run(); // what is cancelled is called as well
    costs->paced = (busy_ns() - begin) / double(count / 2);
    now = Clock::now();
    for (long i = 0; i < count / 2; i++) {
        timers[std::size_t(i)].expires_at(deadline(now, 0.2, 0.1));
        timers[std::size_t(i)].async_wait(count_down);
    }
    struct timespec rest = {0, 400000000};
    nanosleep(&rest, nullptr);
    begin = now_ns();
    run();
    costs->burst = (now_ns() - begin) / double(count / 2);
}

// ---- Echo ----

Task session(Socket socket)
{
    std::array<char, 16384> data;
    try {
        for (;;) {
            auto size = co_await socket.async_read_some(asio::buffer(data), use);
            co_await asio::async_write(socket, asio::buffer(data.data(), size),
                                       use);
        }
    } catch (std::exception &) {
    }
}

Task server(unsigned short port)
{
    Acceptor acceptor(executor, {asio::ip::address_v4::loopback(), port});
    acceptor.listen(4096);
    for (;;) {
        Socket socket(executor);
        co_await acceptor.async_accept(socket, use);
        socket.set_option(asio::ip::tcp::no_delay(true));
        co_spawn(executor, session(std::move(socket)), detached);
    }
}

void run_serve(const char *what, const char *port)
{
    if (strcmp(what, "echo") != 0) {
        exit(2);
    }
    co_spawn(executor, server((unsigned short)atoi(port)), detached);
    run();
}

} // namespace

extern "C" const struct side asio_side = {.name = "asio",
                                          .slower = 16,
                                          .yield = run_yield,
                                          .spawn = run_spawn,
                                          .gather = run_gather,
                                          .queue = run_queue,
                                          .lock = run_lock,
                                          .nested = run_nested,
                                          .sleep = run_sleep,
                                          .timers = run_timers,
                                          .serve = run_serve};
