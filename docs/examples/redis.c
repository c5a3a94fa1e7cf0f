/* redis.c - AWAIT what Redis answers: hiredis with its own adapter for libev,
 * in an ev_loop in which weft is a guest.
 *
 *     redis [PORT]                              of a server on 127.0.0.1
 */
#include <errno.h>
#include <ev.h>
#include <hiredis/adapters/libev.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <weft.h>

static redisAsyncContext *server; /* NULL: the connection is lost */

/* [command] */
/* One command, and what came back. hiredis keeps *asked until the answer comes,
 * also when nobody wants it any more: then it is NULL. */
struct redis {
    struct weft_frame frame;
    const char *words[4];
    struct redis **asked;
    struct weft_future answer;
    char text[128];
};

static void on_answer(redisAsyncContext *context, void *reply, void *asked)
{
    struct redis *command = *(struct redis **)asked;
    redisReply *answer = reply; /* NULL when the connection is lost */

    (void)context;
    free(asked);
    server = reply != NULL ? server : NULL; /* hiredis is about to free it */
    if (command == NULL) {
        return;
    }
    command->asked = NULL;
    if (answer == NULL) {
        weft_future_set_error(&command->answer, -ECONNRESET);
        return;
    }
    snprintf(command->text, sizeof command->text, "%s",
             answer->str != NULL ? answer->str : "");
    if (answer->type == REDIS_REPLY_ERROR) {
        weft_future_set_error(&command->answer, -EPROTO); /* see the text */
    } else {
        weft_future_set_result(&command->answer, NULL);
    }
}

static void ask(struct redis *command)
{
    struct redis **asked = malloc(sizeof *asked);
    int count = 0;

    while (count < 4 && command->words[count] != NULL) {
        count++;
    }
    if (asked != NULL && server != NULL &&
        redisAsyncCommandArgv(server, on_answer, asked, count, command->words,
                              NULL) == REDIS_OK) {
        command->asked = asked;
        *asked = command;
    } else {
        free(asked);
        weft_future_set_error(&command->answer, -ENOTCONN);
    }
}

static async redis(struct weft_frame *frame)
{
    ASYNC_BEGIN(redis);
    ask(self);
    AWAIT(weft_future_wait(&self->answer));
    ASYNC_FINALLY
    if (self->asked != NULL) {
        *self->asked = NULL; /* cancelled */
    }
    ASYNC_END;
}
/* [command] */

struct program {
    struct weft_frame frame;
    struct redis redis;
    struct weft_wait_for limit;
    int error;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    /* [use] */
    AWAIT(CALL(&self->redis, redis, .words = {"SET", "weaver", "Arachne"}));
    AWAIT(CALL(&self->redis, redis, .words = {"GET", "weaver"}));
    printf("GET: %s\n", self->redis.text);
    /* [use] */
    ASYNC_TRY {
        AWAIT(weft_wait_for(
            &self->limit,
            CALL(&self->redis, redis, .words = {"BLPOP", "cloth", "0"}), 0.1));
    }
    ASYNC_CATCH(self->error) {
        printf("BLPOP: %s\n", weft_error_message(self->error));
    }
    ASYNC_FINALLY
    if (server != NULL) {
        redisAsyncFree(server); /* and its watchers leave the host */
    }
    ASYNC_END;
}

static void on_disconnect(const redisAsyncContext *context, int status)
{
    (void)context, (void)status;
    server = NULL; /* hiredis frees it */
}

int main(int argc, char **argv)
{
    struct ev_loop *host = ev_loop_new(EVFLAG_AUTO);
    struct weft_runner runner;
    struct weft_task *task;
    struct weft_ev ev;
    int status;

    signal(SIGPIPE, SIG_IGN);
    server = redisAsyncConnect("127.0.0.1", argc > 1 ? atoi(argv[1]) : 6379);
    if (host == NULL || server == NULL || server->err != 0 ||
        weft_ev_attach(&ev, weft_allocator_libc(), host) < 0) {
        return 1;
    }
    redisLibevAttach(host, server);
    redisAsyncSetDisconnectCallback(server, on_disconnect);
    weft_runner_open_on(&runner, &ev.driver);
    weft_ev_start(&ev, &runner.loop);
    task = SPAWN(program);
    ev_run(host, 0);
    status = task != NULL ? weft_task_error(task) : WEFT_ENOMEM;
    weft_task_release(task);
    weft_ev_stop(&ev);
    weft_runner_close(&runner);
    weft_ev_close(&ev);
    ev_loop_destroy(host);
    return status < 0;
}
