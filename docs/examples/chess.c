/* chess.c - one champion, 24 opponents, 30 rounds.
 *
 * She needs 5 seconds for a move, each opponent 55. If she finishes one game
 * before she begins the next, the evening takes 24 * 30 * 60 seconds: twelve
 * hours. If she walks on while an opponent thinks, she is back at the first
 * board after 24 * 5 = 120 seconds, and he has long made his move: one hour,
 * and 55 seconds for the last answer. Nobody plays any faster; the waiting is
 * put to use.
 */
#include <stdio.h>
#include <time.h>

#include "weft.h"

enum { BOARDS = 24, ROUNDS = 30, CHAMPION = 5, OPPONENT = 55 };

static void print_time(const char *what)
{
    int seconds = (int)weft_loop_time(weft_loop_running());

    printf("%s %2d:%02d:%02d\n", what, seconds / 3600, seconds / 60 % 60,
           seconds % 60);
}

/* She sits at one board at a time; who waits longest is served first. */
static struct weft_lock champion;

struct game {
    struct weft_frame frame;
    int round;
};

static async game(struct weft_frame *frame)
{
    ASYNC_BEGIN(game);
    for (self->round = 0; self->round < ROUNDS; self->round++) {
        AWAIT(weft_lock_acquire(&champion));
        AWAIT(weft_sleep(CHAMPION));
        weft_lock_release(&champion); /* and on she walks */
        AWAIT(weft_sleep(OPPONENT));
    }
    ASYNC_END;
}

/* The same games both times: first each is called when the last is over. */
struct one_by_one {
    struct weft_frame frame;
    struct game game;
    int board;
};

static async one_by_one(struct weft_frame *frame)
{
    ASYNC_BEGIN(one_by_one);
    for (self->board = 0; self->board < BOARDS; self->board++) {
        AWAIT(CALL(&self->game, game));
    }
    print_time("one by one");
    ASYNC_END;
}

/* Then all are spawned, and awaited together. */
struct woven {
    struct weft_frame frame;
    struct weft_join games[BOARDS];
};

static async woven(struct weft_frame *frame)
{
    ASYNC_BEGIN(woven);
    for (int i = 0; i < BOARDS; i++) {
        self->games[i].task = SPAWN(game);
    }
    AWAIT(weft_gather(self->games, BOARDS, 0));
    weft_join_release(self->games, BOARDS);
    print_time("woven     ");
    ASYNC_END;
}

/* Each evening begins at 0, on a clock that jumps whenever everybody sleeps:
 * thirteen hours take some milliseconds. */
int main(void)
{
    int status = ASYNC_RUN_SIM(one_by_one);

    if (status == 0) {
        status = ASYNC_RUN_SIM(woven);
    }
    fprintf(stderr, "in %.1f ms of real time\n",
            1000.0 * (double)clock() / CLOCKS_PER_SEC);
    return status < 0;
}
