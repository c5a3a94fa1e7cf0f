/* hello.c - one coroutine awaits another, then runs three at once. */
#include <stdio.h>
#include <weft.h>

struct fetch_user {          /* what lives across an AWAIT is in here     */
    struct weft_frame frame; /* first member: where it stopped            */
    int id;                  /* an argument                               */
    int result;              /* what ASYNC_RETURN hands back              */
};

static async fetch_user(struct weft_frame *frame)
{
    ASYNC_BEGIN(fetch_user); /* self: the struct fetch_user around frame  */
    printf("fetching user %d\n", self->id);
    AWAIT(weft_sleep(0.1));
    ASYNC_RETURN(self->id * 100);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct fetch_user fetch; /* a callee's struct is embedded: no heap    */
    struct weft_join jobs[3];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    AWAIT(CALL(&self->fetch, fetch_user, .id = 7));
    printf("got %d\n", self->fetch.result);

    for (int i = 0; i < 3; i++) {
        self->jobs[i].task = SPAWN(fetch_user, .id = i);
    }
    AWAIT(weft_gather(self->jobs, 3, 0));
    printf("got %d\n", WEFT_RESULT(self->jobs[2].task, fetch_user));
    weft_join_release(self->jobs, 3);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
