/* interrupts.h - what the tests of Ctrl-C share. Each scenario runs in a child
 * process that sends SIGINT to itself.
 *
 *     CHECK_IN_CHILD(interrupt_a_waiting_main);     it ends well
 *     CHECK_KILLED(interrupt_twice);                SIGINT ends it
 */
#ifndef INTERRUPTS_H
#define INTERRUPTS_H

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static struct weft_runner runner;
static struct weft_event never;

static inline void trace_report(struct weft_loop *loop,
                                const struct weft_report *report)
{
    (void)loop;
    trace("report %s", weft_error_name(report->error));
}

static inline void open_runner(void)
{
    CHECK_INT(weft_runner_open(&runner), 0);
    runner.loop.on_error = trace_report;
}

static inline void close_runner(void)
{
    CHECK_INT(weft_runner_close(&runner), 0);
}

typedef void handler_function(int number);

static inline handler_function *disposition(void)
{
    struct sigaction action;

    sigaction(SIGINT, NULL, &action);
    return action.sa_handler;
}

/* How the child ended that ran this, as waitpid says. */
static inline int in_child(void (*scenario)(void))
{
    sigset_t none;
    int status = -1;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        alarm(30);
        signal(SIGINT, SIG_DFL); /* whatever the parent was given */
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        scenario();
        fflush(stdout);
        _exit(check_failures > 0);
    }
    CHECK(child > 0);
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

#define CHECK_IN_CHILD(scenario) CHECK_INT(in_child(scenario), 0)
#define CHECK_KILLED(scenario)                                      \
    do {                                                            \
        int status_ = in_child(scenario);                           \
        CHECK(WIFSIGNALED(status_) && WTERMSIG(status_) == SIGINT); \
    } while (0)

static inline void interrupt(void *unused)
{
    (void)unused;
    trace("SIGINT");
    raise(SIGINT);
}

enum wait { FOR_EVENT, FOR_TURNS, FOR_FUTURE };

struct program {
    struct weft_frame frame;
    enum wait wait;
    bool swallows;
    int code; /* raised when it is cancelled */
    struct weft_handle interrupt;
    struct weft_future future;
    int err;
};

static inline async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    weft_call_soon(weft_loop_running(), &self->interrupt, interrupt, NULL);
    ASYNC_TRY {
        while (self->wait == FOR_TURNS) {
            AWAIT(weft_sleep(0));
        }
        if (self->wait == FOR_FUTURE) {
            AWAIT(weft_future_wait(&self->future));
        }
        AWAIT(weft_event_wait(&never));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s", weft_error_name(self->err));
        if (self->wait == FOR_FUTURE) {
            trace("future %d", weft_future_cancelled(&self->future));
        }
        if (!self->swallows) {
            ASYNC_RAISE(self->code < 0 ? self->code : self->err);
        }
    }
    ASYNC_FINALLY
    {
        AWAIT(weft_sleep(0));
        trace("finally");
    }
    ASYNC_END;
}

struct quick {
    struct weft_frame frame;
    bool is_interrupted;
};

static inline async quick(struct weft_frame *frame)
{
    ASYNC_BEGIN(quick);
    AWAIT(weft_sleep(0));
    if (self->is_interrupted) {
        interrupt(NULL);
    }
    trace("done");
    ASYNC_END;
}

#endif /* INTERRUPTS_H */
