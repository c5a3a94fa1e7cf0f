// mixed_main.cc - C++ with a loop of its own, a timer, and a task whose
// coroutine is in C.
#include <cstdio>

#include "mixed.h"

namespace
{

void ring(void *)
{
    std::printf("rings at %g\n", weft_loop_time(weft_loop_running()));
}

} // namespace

int main()
{
    weft_sim sim;
    weft_loop loop;
    weft_timer timer{};
    weft_task task{};
    count to_three{};

    weft_sim_init(&sim);
    weft_loop_init(&loop, &sim.driver);
    loop.allocator = weft_allocator_libc();
    weft_call_later(&loop, &timer, 1.5, ring, nullptr);

    int status = count_start(&task, &to_three, 3);
    if (status == 0) {
        status = weft_loop_run_until_complete(&loop, &task);
    }
    std::printf("counted to %d at %g\n", to_three.result,
                weft_loop_time(&loop));
    weft_task_release(&task);
    return status == 0 && weft_loop_close(&loop) == 0 ? 0 : 1;
}
