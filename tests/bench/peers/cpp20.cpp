// cpp20.cpp - the coroutines of C++20 on a list of those that can run, with
// neither cancellation nor descriptors: another limit, by the compiler.
#include <coroutine>
#include <exception>

#include "../bench.h"

namespace
{

// The awaiter, which lives in the coroutine's frame, is the node of the list.
struct Node {
    std::coroutine_handle<> handle;
    Node *next = nullptr;
};

Node *first;
Node **last = &first;

void make_ready(Node *node)
{
    node->next = nullptr;
    *last = node;
    last = &node->next;
}

void run_ready()
{
    while (Node *node = first) {
        first = node->next;
        if (first == nullptr) {
            last = &first;
        }
        node->handle.resume();
    }
}

struct Yield : Node {
    bool await_ready()
    {
        return false;
    }
    void await_suspend(std::coroutine_handle<> awaiting)
    {
        handle = awaiting;
        make_ready(this);
    }
    void await_resume()
    {
    }
};

// A task frees itself at its end.
struct Task {
    struct promise_type : Node {
        Task get_return_object()
        {
            handle = std::coroutine_handle<promise_type>::from_promise(*this);
            make_ready(this);
            return {};
        }
        std::suspend_always initial_suspend()
        {
            return {};
        }
        std::suspend_never final_suspend() noexcept
        {
            return {};
        }
        void return_void()
        {
        }
        void unhandled_exception()
        {
            std::terminate();
        }
    };
};

// A coroutine that another awaits: control passes without the list.
struct Call {
    struct promise_type {
        std::coroutine_handle<> awaiting;
        Call get_return_object()
        {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend()
        {
            return {};
        }
        struct Final {
            bool await_ready() noexcept
            {
                return false;
            }
            std::coroutine_handle<> await_suspend(
                std::coroutine_handle<promise_type> ended) noexcept
            {
                return ended.promise().awaiting;
            }
            void await_resume() noexcept
            {
            }
        };
        Final final_suspend() noexcept
        {
            return {};
        }
        void return_void()
        {
        }
        void unhandled_exception()
        {
            std::terminate();
        }
    };
    std::coroutine_handle<promise_type> handle;
    bool await_ready()
    {
        return false;
    }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting)
    {
        handle.promise().awaiting = awaiting;
        return handle;
    }
    void await_resume()
    {
        handle.destroy();
    }
};

// Woken by the last child.
struct Join : Node {
    long left = 0;
    bool await_ready()
    {
        return left == 0;
    }
    void await_suspend(std::coroutine_handle<> awaiting)
    {
        handle = awaiting;
    }
    void await_resume()
    {
    }
    void done()
    {
        if (--left == 0) {
            make_ready(this);
        }
    }
};

Task yielder(long count)
{
    for (long i = 0; i < count; i++) {
        co_await Yield{};
    }
}

Task child(Join &join)
{
    join.done();
    co_return;
}

Task yielding_child(Join &join)
{
    co_await Yield{};
    join.done();
}

Task spawner(Task (*make)(Join &join), long tasks, long count)
{
    for (long i = 0; i < count; i++) {
        Join join;
        join.left = tasks;
        for (long k = 0; k < tasks; k++) {
            make(join);
        }
        co_await join;
    }
}

Call nested(long depth, long count)
{
    if (depth > 1) {
        co_await nested(depth - 1, count);
        co_return;
    }
    for (long i = 0; i < count; i++) {
        co_await Yield{};
    }
}

Task nested_task(long depth, long count)
{
    co_await nested(depth, count);
}

void run_yield(long tasks, long count)
{
    for (long i = 0; i < tasks; i++) {
        yielder(count);
    }
    run_ready();
}

void run_spawn(long tasks, long count)
{
    spawner(child, tasks, count);
    run_ready();
}

void run_gather(long tasks, long count)
{
    spawner(yielding_child, tasks, count);
    run_ready();
}

void run_nested(long depth, long count)
{
    nested_task(depth, count);
    run_ready();
}

} // namespace

extern "C" const struct side cpp20_side = {.name = "cpp20",
                                           .slower = 1,
                                           .yield = run_yield,
                                           .spawn = run_spawn,
                                           .gather = run_gather,
                                           .nested = run_nested};
