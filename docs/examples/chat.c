/* chat.c - a chat room: whoever connects hears what the others say.
 *
 *     chat 4000         open the room on that port of this machine, until
 *                       Ctrl-C or SIGTERM; then `nc 127.0.0.1 4000` talks to it
 *     chat              a room on a free port, with guests of its own that try
 *                       everything out
 *
 * Each guest has two tasks: one reads what the guest types, the other sends
 * what is said in the room, which comes over a broadcast channel. A guest that
 * does not listen stops nobody: the channel overwrites what is old, and tells
 * the guest how much that was.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <weft.h>

enum { NAME = 16, LINE = 256, KEPT = 32 };

struct message {
    char text[LINE + NAME + 8];
};

static struct message places[KEPT];
static struct weft_broadcast room = WEFT_BROADCAST(places);
static struct weft_list guests;
static unsigned guest_count; /* so far, for their names */
static struct weft_shutdown shutting_down;

/* ---- What a guest is told ---- */

static void say(struct weft_stream *stream, const char *text)
{
    weft_stream_write(stream, text, strlen(text));
}

#define SAY_ROOM(...)                                               \
    do {                                                            \
        struct message message_;                                    \
        snprintf(message_.text, sizeof message_.text, __VA_ARGS__); \
        weft_broadcast_send(&room, &message_);                      \
    } while (0)

struct forward {
    struct weft_frame frame;
    struct weft_stream *stream;
    struct weft_subscriber subscriber;
    struct message message;
    int error;
};

static async forward(struct weft_frame *frame)
{
    ASYNC_BEGIN(forward);
    for (;;) {
        ASYNC_TRY {
            AWAIT(weft_broadcast_receive(&self->subscriber, &self->message));
        }
        ASYNC_CATCH(self->error) {
            if (self->error != WEFT_ELAGGED) {
                ASYNC_RAISE(self->error);
            }
            snprintf(self->message.text, sizeof self->message.text,
                     "* you missed %zu lines\n", self->subscriber.missed);
        }
        say(self->stream, self->message.text);
        AWAIT(weft_stream_drain(self->stream)); /* here a slow guest waits */
    }
    ASYNC_END;
}

/* ---- What a guest says ---- */

struct guest {
    struct weft_frame frame;
    struct weft_stream *stream; /* set by the server */
    struct weft_node node;      /* in `guests`       */
    struct weft_group group;
    struct weft_subscriber subscriber;
    char name[NAME];
    char line[LINE];
    bool is_leaving;
    int error;
};

/* Walk the guests: NULL gives the first, and the result is NULL after the
 * last. */
static struct guest *next_guest(struct guest *guest)
{
    struct weft_node *node = guest == NULL
                                 ? weft_list_first(&guests)
                                 : weft_list_next(&guests, &guest->node);

    return node == NULL ? NULL : WEFT_OWNER(node, struct guest, node);
}

static void tell_who_is_here(struct weft_stream *stream)
{
    struct guest *guest = NULL;

    say(stream, "* here are:");
    while ((guest = next_guest(guest)) != NULL) {
        say(stream, " ");
        say(stream, guest->name);
    }
    say(stream, "\n");
}

static void rename_guest(struct guest *self, const char *name)
{
    struct guest *other = NULL;
    size_t length = strlen(name);

    if (length == 0 || length >= NAME || strchr(name, ' ') != NULL) {
        say(self->stream, "* a name is one word of 1 to 15 letters\n");
        return;
    }
    while ((other = next_guest(other)) != NULL) {
        if (strcmp(other->name, name) == 0) {
            say(self->stream, "* that name is taken\n");
            return;
        }
    }
    SAY_ROOM("* %s is now %s\n", self->name, name);
    snprintf(self->name, sizeof self->name, "%s", name);
}

/* Without its end, and without what a terminal would obey. */
static void clean(char *line)
{
    line[strcspn(line, "\r\n")] = '\0';
    for (; *line != '\0'; line++) {
        if ((unsigned char)*line < ' ' || *line == 127) {
            *line = '?';
        }
    }
}

static void obey(struct guest *self)
{
    clean(self->line);
    if (self->line[0] == '\0') {
        return;
    }
    if (self->line[0] != '/') {
        SAY_ROOM("<%s> %s\n", self->name, self->line);
    } else if (strcmp(self->line, "/who") == 0) {
        tell_who_is_here(self->stream);
    } else if (strncmp(self->line, "/nick ", 6) == 0) {
        rename_guest(self, self->line + 6);
    } else if (strcmp(self->line, "/quit") == 0) {
        self->is_leaving = true;
    } else {
        say(self->stream, "* there are /nick NAME, /who and /quit\n");
    }
}

static async guest(struct weft_frame *frame)
{
    ASYNC_BEGIN(guest);
    snprintf(self->name, sizeof self->name, "guest%u", ++guest_count % 100000);
    weft_list_push(&guests, &self->node);
    weft_subscribe(&self->subscriber, &room);
    SAY_ROOM("* %s has come\n", self->name);
    /* What waits for a slow guest shall wait in the room: not in a buffer of
     * the stream, and not in a big one of the kernel. */
    weft_transport_set_write_buffer_limits(&self->stream->transport, LINE, 0);
    setsockopt(self->stream->transport.fd, SOL_SOCKET, SO_SNDBUF, &(int){16384},
               sizeof(int));
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            weft_task_release(weft_group_spawn(&self->group, forward,
                                               .stream = self->stream,
                                               .subscriber = self->subscriber));
            while (!self->is_leaving) {
                AWAIT(weft_stream_readline(self->stream, self->line, LINE));
                if (frame->value == 0) {
                    break; /* gone without a word */
                }
                obey(self);
                AWAIT(weft_stream_drain(self->stream));
            }
            weft_group_cancel(&self->group); /* ends `forward` */
        }
    }
    ASYNC_CATCH(self->error) {
        if (self->group.body_error == WEFT_ELIMIT) {
            say(self->stream, "* too long a line\n");
        } /* else the connection broke */
        weft_group_clear(&self->group);
    }
    ASYNC_FINALLY
    if (frame->outcome == WEFT_ECANCELLED) {
        say(self->stream, "* the room closes\n");
    }
    weft_node_unlink(&self->node);
    SAY_ROOM("* %s has left\n", self->name);
    ASYNC_END;
}

/* ---- Guests of our own, to try it ---- */

enum { ANN, BOB, CLEO, VISITORS, CHATTER = 3000 };

struct visitor {
    const char *name;
    struct weft_open_connection connect;
    struct weft_stream stream;
};

/* One of them comes, types a line, or something else; then so many lines come
 * to each. The next one waits for them: so the order is the same each time. */
static const struct step {
    int who;
    const char *text;
    int lines[VISITORS];
} steps[] = {
    /* clang-format off */
    {ANN, "(comes)", {1, 0, 0}},
    {ANN, "/nick ann\n", {1, 0, 0}},
    {BOB, "(comes)", {1, 1, 0}},
    {BOB, "/nick ann\n", {0, 1, 0}},
    {BOB, "/nick bob\n", {1, 1, 0}},
    {CLEO, "(comes)", {1, 1, 1}},
    {CLEO, "/nick cleo\a\n", {1, 1, 1}},
    {CLEO, "/who\n", {0, 0, 1}},
    {CLEO, "/dance\n", {0, 0, 1}},
    {ANN, "Hello, you two!\n", {1, 1, 1}},
    {BOB, "Good evening.\n", {1, 1, 1}},
    {BOB, "/quit\n", {1, 1, 1}},
    {CLEO, "(talks too much)", {1, 0, 2}},
    {BOB, "(comes)", {1, 1, 0}},
    {BOB, "(hangs up)", {1, 0, 0}},
    {ANN, "/who\n", {1, 0, 0}},
    {BOB, "(comes)", {1, 1, 0}},
    {BOB, "(falls asleep)", {0, 0, 0}},
    /* clang-format on */
};

/* Hear so many lines, and say which. */
struct hear {
    struct weft_frame frame;
    struct visitor *visitor;
    int count;
    char line[sizeof(struct message)];
};

static async hear(struct weft_frame *frame)
{
    ASYNC_BEGIN(hear);
    while (self->count-- > 0) {
        AWAIT(weft_stream_readline(&self->visitor->stream, self->line,
                                   sizeof self->line));
        printf("    %s hears  %s", self->visitor->name,
               frame->value > 0 ? self->line : "the end\n");
    }
    ASYNC_END;
}

/* One that does not listen while another talks, and then catches up. Every
 * line is heard, or counted as missed. */
struct doze {
    struct weft_frame frame;
    struct visitor *talker, *sleeper;
    char line[sizeof(struct message)];
    int i;
    int heard;
    size_t missed, missed_now;
};

static async doze(struct weft_frame *frame)
{
    ASYNC_BEGIN(doze);
    for (self->i = 0; self->i < CHATTER; self->i++) {
        snprintf(self->line, sizeof self->line, "%200d\n", self->i);
        say(&self->talker->stream, self->line);
        AWAIT(weft_stream_readline(&self->talker->stream, self->line,
                                   sizeof self->line));
    }
    while (self->heard + (int)self->missed < CHATTER) {
        AWAIT(weft_stream_readline(&self->sleeper->stream, self->line,
                                   sizeof self->line));
        if (sscanf(self->line, "* you missed %zu", &self->missed_now) == 1) {
            self->missed += self->missed_now;
        } else {
            self->heard++;
        }
    }
    printf("    %s missed %s, and %s last\n", self->sleeper->name,
           self->missed > 0 ? "some" : "none",
           strstr(self->line, " 2999\n") != NULL ? "heard the" : "not the");
    ASYNC_END;
}

struct evening {
    struct weft_frame frame;
    const struct weft_server *server;
    char port[8];
    struct visitor visitors[VISITORS];
    struct visitor *visitor;
    struct hear hear;
    struct doze doze;
    int step, who;
    char text[LINE];
};

/* What need not be waited for, is a nap of no length. */
static struct weft_op act(struct evening *self, const char *text)
{
    struct visitor *visitor = self->visitor;

    if (strcmp(text, "(comes)") == 0) {
        weft_stream_abort(&visitor->stream); /* from an earlier visit */
        return CALL(&visitor->connect, weft_open_connection,
                    .stream = &visitor->stream, .host = "127.0.0.1",
                    .port = self->port);
    }
    if (strcmp(text, "(falls asleep)") == 0) {
        return CALL(&self->doze, doze, .talker = &self->visitors[ANN],
                    .sleeper = visitor);
    }
    if (strcmp(text, "(talks too much)") == 0) {
        for (int i = 0; i < LINE; i++) {
            say(&visitor->stream, "x");
        }
    } else if (strcmp(text, "(hangs up)") == 0) {
        weft_stream_abort(&visitor->stream);
    } else {
        say(&visitor->stream, text);
    }
    return weft_sleep(0);
}

static async evening(struct weft_frame *frame)
{
    static const char *const names[] = {"ann", "bob", "cleo"};

    ASYNC_BEGIN(evening);
    snprintf(self->port, sizeof self->port, "%d", self->server->port);
    for (; self->step < (int)(sizeof steps / sizeof *steps); self->step++) {
        self->visitor = &self->visitors[steps[self->step].who];
        self->visitor->name = names[steps[self->step].who];
        snprintf(self->text, sizeof self->text, "%s", steps[self->step].text);
        clean(self->text);
        printf("%s: %s\n", self->visitor->name, self->text);
        AWAIT(act(self, steps[self->step].text));
        for (self->who = 0; self->who < VISITORS; self->who++) {
            AWAIT(CALL(&self->hear, hear, .visitor = &self->visitors[self->who],
                       .count = steps[self->step].lines[self->who]));
        }
    }
    printf("SIGTERM\n");
    raise(SIGTERM);
    AWAIT(weft_sleep(10)); /* it ends this task, as all others */
    ASYNC_FINALLY
    AWAIT(CALL(&self->hear, hear, .visitor = &self->visitors[ANN], .count = 2));
    for (int i = 0; i < VISITORS; i++) {
        weft_stream_abort(&self->visitors[i].stream);
    }
    ASYNC_END;
}

/* ---- The room ---- */

struct program {
    struct weft_frame frame;
    const char *port; /* NULL: any, and guests of our own */
    struct weft_server server;
    struct weft_event never;
    int status;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->status = weft_shutdown_on_signals(&shutting_down, 5);
    if (self->status == 0) {
        self->status =
            weft_start_server(&self->server, WEFT_CLIENT(guest), "127.0.0.1",
                              self->port != NULL ? self->port : "0");
    }
    if (self->status < 0) {
        ASYNC_RAISE(self->status);
    }
    if (self->port == NULL) {
        weft_task_release(SPAWN(evening, .server = &self->server));
    } else {
        printf("the room is at 127.0.0.1, port %d\n", self->server.port);
    }
    AWAIT(weft_event_wait(&self->never));
    ASYNC_FINALLY
    weft_server_close(&self->server);
    AWAIT(weft_server_wait_closed(&self->server));
    printf("the room is closed, %zu are in it\n", self->server.client_count);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    int status;

    setvbuf(stdout, NULL, _IOLBF, 0);
    status = ASYNC_RUN(program, .port = argc > 1 ? argv[1] : NULL);
    return weft_shutdown_exit_code(&shutting_down, status);
}
