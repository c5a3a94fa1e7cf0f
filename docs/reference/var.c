/* var.c - what a task sets is its own, and a callback remembers. */
#include <stdio.h>
#include <weft.h>

static struct weft_var user = {"user", "nobody"};

static void greet(void *arg)
{
    printf("%s %s\n", (const char *)arg, (const char *)weft_var_get(&user));
}

struct request {
    struct weft_frame frame;
    char *name;
    struct weft_handle handle;
    struct weft_bound later;
};

static async request(struct weft_frame *frame)
{
    ASYNC_BEGIN(request);
    weft_var_set(&user, self->name);
    weft_call_soon(weft_loop_running(), &self->handle, weft_bound_call,
                   weft_bind(&self->later, greet, "later"));
    AWAIT(weft_sleep(1));
    greet("hello");
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join jobs[2];
    struct weft_context context;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->jobs[0].task = SPAWN(request, .name = "alice");
    self->jobs[1].task = SPAWN(request, .name = "bob");
    weft_task_set_context(self->jobs[1].task, &self->context);
    AWAIT(weft_gather(self->jobs, 2, 0));
    weft_join_release(self->jobs, 2);
    greet("goodbye");
    weft_context_run(&self->context, greet, "goodbye");
    weft_context_clear(&self->context);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
