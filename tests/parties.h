/* parties.h - a client and a server that speak TLS over one socket pair, each a
 * task. What they do when the handshake is done is a coroutine of the test's,
 * and so is what they tell.
 *
 *     open_contexts();                          near is the client's
 *     near.does = ask, away.does = answer;
 *     meet();
 *     CHECK_TRACE("...");
 *     close_contexts();
 */
#ifndef PARTIES_H
#define PARTIES_H

#include "certificates.h"
#include "weft/tls.h"

struct party {
    struct weft_frame frame;
    const char *name;
    const char *host;
    struct weft_tls_session *session;
    struct weft_async (*does)(struct weft_frame *frame); /* NULL: nothing */
    bool is_plain;  /* no TLS: the descriptor */
    bool is_silent; /* tells errors only */
    bool aborts;    /* in place of a goodbye */
    bool stays;     /* does not even do that */
    struct weft_stream stream;
    struct weft_tls tls;
    struct weft_start_tls start;
    struct doing {
        struct weft_frame frame;
        struct party *party;
        char data[512];
        size_t i;
        struct weft_join joins[2];
    } doing;
    struct weft_task task;
    int error;   /* of the handshake, or of what it did          */
    int closing; /* of the end, which tells of an error once more */
};

static struct weft_tls_context near_context, away_context;
static struct party near, away;
static struct real party_real;
static void (*before_meeting)(void); /* starts more tasks; may be NULL */

static inline void open_contexts(void)
{
    make_certificates();
    CHECK_INT(weft_tls_context_open_client(&near_context, authority), 0);
    CHECK_INT(weft_tls_context_open_server(&away_context, good, NULL), 0);
    near = (struct party){.name = "near", .host = "localhost"};
    away = (struct party){.name = "away"};
}

static inline void close_contexts(void)
{
    weft_tls_context_close(&near_context);
    weft_tls_context_close(&away_context);
}

static inline void tell_error(struct party *party)
{
    trace("%s %s", party->name, weft_error_name(party->error));
    if (party->error == WEFT_ETLS && party->tls.verify_error != 0) {
        trace("%s", party->tls.reason);
    }
}

static inline struct weft_async take_part(struct weft_frame *frame)
{
    ASYNC_BEGIN(party);
    ASYNC_TRY {
        if (!self->is_plain) {
            AWAIT(CALL(&self->start, weft_start_tls, .tls = &self->tls,
                       .stream = &self->stream,
                       .context = self == &near ? &near_context : &away_context,
                       .server_hostname = self->host,
                       .session = self->session));
            CHECK(self->tls.is_open);
        }
        if (!self->is_silent) {
            trace("%s open", self->name);
        }
        if (self->does != NULL) {
            self->doing = (struct doing){.party = self};
            AWAIT(weft_task_call_(&self->doing.frame, self->does));
        }
    }
    ASYNC_CATCH(self->error) {
        tell_error(self);
    }
    if (self->stays) {
        ASYNC_EXIT;
    }
    if (self->aborts) {
        weft_stream_abort(&self->stream);
    }
    weft_stream_close(&self->stream);
    ASYNC_TRY {
        AWAIT(weft_stream_wait_closed(&self->stream));
    }
    ASYNC_CATCH(self->closing) {
        if (self->closing != self->error) {
            trace("%s closing %s", self->name, weft_error_name(self->closing));
        }
    }
    ASYNC_END;
}

struct meeting {
    struct weft_frame frame;
    struct weft_join joins[2];
};

static inline struct weft_async meeting(struct weft_frame *frame)
{
    ASYNC_BEGIN(meeting);
    if (before_meeting != NULL) {
        before_meeting();
    }
    weft_task_start_(&near.task, &near.frame, take_part);
    weft_task_start_(&away.task, &away.frame, take_part);
    self->joins[0].task = &near.task;
    self->joins[1].task = &away.task;
    AWAIT(weft_gather(self->joins, 2, WEFT_RETURN_ERRORS));
    weft_join_release(self->joins, 2);
    ASYNC_END;
}

static inline void prepare_party(struct party *party, int fd)
{
    party->frame = (struct weft_frame){0};
    party->task = (struct weft_task){0};
    party->error = party->closing = 0;
    CHECK_INT(weft_stream_open(&party->stream, fd), 0);
}

static inline void meet_over(void (*make_pair)(int fds[2]))
{
    int fds[2];

    real_open(&party_real);
    party_real.world.loop.poll_turns = 1;
    make_pair(fds);
    prepare_party(&near, fds[0]);
    prepare_party(&away, fds[1]);
    CHECK_INT(ASYNC_RUN_IN(&party_real.world.loop, meeting), 0);
    weft_stream_abort(&near.stream);
    weft_stream_abort(&away.stream);
    real_close(&party_real);
}

static inline void meet(void)
{
    meet_over(real_pair);
}

/* The kernel takes little at a time. */
static inline void narrow_pair(int fds[2])
{
    int size = 4096;

    real_pair(fds);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size),
                  0);
    }
}

/* Let time pass that nobody wants to wait for. */
static inline void skip_seconds(double seconds)
{
    party_real.skipped += weft_ticks_from(seconds);
}

/* ---- What they do ---- */

/* The data of a doing is what is said or heard. */

static inline int say_line(struct doing *doing, const char *text)
{
    return weft_stream_write(&doing->party->stream, text, strlen(text));
}

static inline struct weft_async asks(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    CHECK_INT(say_line(self, "hello\n"), 0);
    AWAIT(weft_stream_readline(&self->party->stream, self->data,
                               sizeof self->data));
    trace("%s heard %.*s", self->party->name, frame->value - 1, self->data);
    ASYNC_END;
}

/* To the end of what the other has to say. */
static inline struct weft_async answers(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    for (;;) {
        AWAIT(weft_stream_readline(&self->party->stream, self->data,
                                   sizeof self->data));
        if (frame->value == 0) {
            break;
        }
        trace("%s heard %.*s", self->party->name, frame->value - 1, self->data);
        CHECK_INT(say_line(self, self->data), 0);
    }
    trace("%s end", self->party->name);
    ASYNC_END;
}

#endif /* PARTIES_H */
