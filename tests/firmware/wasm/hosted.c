/* hosted.c - a coroutine of an example, as a task on the host's clock. */
#define main main_of_the_example
#include EXAMPLE
#undef main

static struct weft_task task;
static struct PROGRAM slot;

int main(void)
{
    return START(&task, &slot, PROGRAM);
}
