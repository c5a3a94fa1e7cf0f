/* chain.c - a coroutine that awaits others, three times at once.
 *
 * Inside one chain the posts wait for their user. Between the chains nothing
 * waits: the program takes as long as its slowest chain, not as long as the
 * sum of all.
 */
#include <stdio.h>

#include "weft.h"

struct user {
    int id;
    char name[16];
};

struct fetch_user {
    struct weft_frame frame;
    int id;
    struct user result;
};

static async fetch_user(struct weft_frame *frame)
{
    ASYNC_BEGIN(fetch_user);
    printf("user %d: asked for\n", self->id);
    AWAIT(weft_sleep(0.5 * self->id)); /* stands for a slow server */
    snprintf(self->result.name, sizeof self->result.name, "user-%d", self->id);
    self->result.id = self->id;
    ASYNC_EXIT; /* like ASYNC_RETURN, with the result in place already */
    ASYNC_END;
}

struct fetch_posts {
    struct weft_frame frame;
    const struct user *user;
    int result; /* how many */
};

static async fetch_posts(struct weft_frame *frame)
{
    ASYNC_BEGIN(fetch_posts);
    printf("user %d: is %s, asking for posts\n", self->user->id,
           self->user->name);
    AWAIT(weft_sleep(1));
    ASYNC_RETURN(self->user->id * 2);
    ASYNC_END;
}

/* The callees live inside, so a chain is one block of memory, and the compiler
 * knows its size. */
struct chain {
    struct weft_frame frame;
    int id;
    struct fetch_user user;
    struct fetch_posts posts;
};

static async chain(struct weft_frame *frame)
{
    ASYNC_BEGIN(chain);
    AWAIT(CALL(&self->user, fetch_user, .id = self->id));
    AWAIT(CALL(&self->posts, fetch_posts, .user = &self->user.result));
    printf("user %d: has %d posts, after %g seconds\n", self->id,
           self->posts.result, weft_loop_time(weft_loop_running()));
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join chains[3];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    for (int i = 0; i < 3; i++) {
        self->chains[i].task = SPAWN(chain, .id = 3 - i);
    }
    AWAIT(weft_gather(self->chains, 3, 0));
    weft_join_release(self->chains, 3);
    printf("all after %g seconds\n", weft_loop_time(weft_loop_running()));
    ASYNC_END;
}

/* asyncio.run(program()), on a clock that jumps whenever everybody sleeps. */
int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0; /* on a virtual clock */
}
