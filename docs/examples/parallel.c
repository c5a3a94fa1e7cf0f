/* parallel.c - run commands, a few at a time, as xargs -P does.
 *
 *     parallel 2 'sleep 1' 'sleep 1' 'exit 3'
 *
 * runs two at a time and says how each of them ended; its own exit status is 1
 * if one has failed. Without arguments it takes some commands of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <weft.h>

enum { MOST = 100 }; /* commands */

static struct weft_semaphore slots;
static int running, peak;

/* [job] */
struct job {
    struct weft_frame frame;
    const char *command;
    int result;
    struct weft_semaphore_guard slot;
    struct weft_process_guard guard;
    struct weft_process process;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    ASYNC_WITH(&self->slot, weft_semaphore_guard(&self->slot, &slots)) {
        ASYNC_WITH(&self->guard,
                   weft_process_guard(&self->guard, &self->process)) {
            self->result =
                weft_create_subprocess_shell(&self->process, self->command);
            if (self->result < 0) {
                ASYNC_RAISE(self->result);
            }
            running++;
            peak = running > peak ? running : peak;
            AWAIT(weft_process_wait(&self->process));
            running--;
        } /* killed here if it still runs: after Ctrl-C, for instance */
    }
    ASYNC_RETURN(self->process.returncode);
    ASYNC_END;
}
/* [job] */

struct program {
    struct weft_frame frame;
    char **commands;
    size_t count;
    struct weft_join jobs[MOST];
};

static int failures;

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    for (size_t i = 0; i < self->count; i++) {
        self->jobs[i].task = SPAWN(job, .command = self->commands[i]);
    }
    AWAIT(weft_gather(self->jobs, self->count, 0));
    for (size_t i = 0; i < self->count; i++) {
        int code = WEFT_RESULT(self->jobs[i].task, job);

        printf("%4d  %s\n", code, self->commands[i]);
        failures += code != 0;
    }
    weft_join_release(self->jobs, self->count);
    printf("%zu commands, %d at a time\n", self->count, peak);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    static char *some[] = {"test 1 = 1", "exit 3", "kill -TERM $$", "true",
                           "no-such-program 2>/dev/null"};
    bool is_asked = argc > 2 && argc - 2 <= MOST;
    int status = weft_semaphore_init(&slots, is_asked ? atol(argv[1]) : 2);

    if (status == 0) {
        status = ASYNC_RUN(program, .commands = is_asked ? argv + 2 : some,
                           .count = is_asked ? (size_t)argc - 2
                                             : sizeof some / sizeof *some);
    }
    return status < 0 || (is_asked && failures > 0);
}
