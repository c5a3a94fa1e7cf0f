/* test_tls_start.c - TLS on a connection that is in use already. */
#include <openssl/ssl.h>

#include "parties.h"

enum { MANY = 100 * 1024 };

/* A talk before TLS, and one with it. */
struct talk {
    struct weft_frame frame;
    struct party *party;
    const char *says;     /* in plain words, before TLS          */
    const char *injected; /* right behind it, by somebody else   */
    size_t plain;         /* so many bytes more than that        */
    bool hears;           /* the other's line first              */
    struct weft_join join;
    char data[MANY];
    int error;
};

static struct talk talks[2];

static struct weft_tls_context *context_of(struct party *party)
{
    return party == &near ? &near_context : &away_context;
}

static struct weft_async talk(struct weft_frame *frame)
{
    static char block[MANY];

    ASYNC_BEGIN(talk);
    ASYNC_TRY {
        if (self->says != NULL) {
            CHECK_INT(weft_stream_write(&self->party->stream, self->says,
                                        strlen(self->says)),
                      0);
        }
        if (self->injected != NULL) {
            CHECK_INT(weft_stream_write(&self->party->stream, self->injected,
                                        strlen(self->injected)),
                      0);
        }
        CHECK_INT(weft_stream_write(&self->party->stream, block, self->plain),
                  0);
        if (self->hears) {
            AWAIT(weft_stream_readline(&self->party->stream, self->data, 100));
            trace("plain %.*s", frame->value - 1, self->data);
        }
        if (talks[1 - (self - talks)].plain > 0) {
            AWAIT(weft_stream_readexactly(&self->party->stream, self->data,
                                          MANY));
        }
        AWAIT(CALL(&self->party->start, weft_start_tls,
                   .stream = &self->party->stream, .tls = &self->party->tls,
                   .context = context_of(self->party),
                   .server_hostname = "localhost"));
        CHECK_INT(weft_stream_write(&self->party->stream, block, sizeof block),
                  0);
        AWAIT(weft_stream_readexactly(&self->party->stream, self->data, MANY));
        trace("%s has all", self->party->name);
    }
    ASYNC_CATCH(self->error) {
        trace("%s %s", self->party->name, weft_error_name(self->error));
    }
    weft_stream_close(&self->party->stream);
    ASYNC_TRY {
        AWAIT(weft_stream_wait_closed(&self->party->stream));
    }
    ASYNC_CATCH(self->error) {
        /* has been told */
    }
    ASYNC_END;
}

struct both_talk {
    struct weft_frame frame;
    struct weft_task tasks[2];
    struct weft_join joins[2];
};

static struct weft_async both_talk(struct weft_frame *frame)
{
    ASYNC_BEGIN(both_talk);
    for (int i = 0; i < 2; i++) {
        talks[i].party = i == 0 ? &near : &away;
        weft_task_start_(&self->tasks[i], &talks[i].frame, talk);
        self->joins[i].task = &self->tasks[i];
    }
    AWAIT(weft_gather(self->joins, 2, 0));
    weft_join_release(self->joins, 2);
    ASYNC_END;
}

static void begin_talks(void)
{
    open_contexts();
    memset(talks, 0, sizeof talks);
}

static void finish_talks(void)
{
    int fds[2];

    real_open(&party_real);
    real_pair(fds);
    prepare_party(&near, fds[0]);
    prepare_party(&away, fds[1]);
    CHECK_INT(ASYNC_RUN_IN(&party_real.world.loop, both_talk), 0);
    real_close(&party_real);
    close_contexts();
}

/* CPython: test_ssl.TestSSL.test_start_tls_server_1
 * CPython: test_sslproto.BaseStartTLS.test_start_tls_server_1
 */
static void what_was_said_before_goes_on_in_tls(void)
{
    begin_talks();
    talks[0].plain = talks[1].plain = MANY;
    finish_talks();
    CHECK_TRACE("away has all, near has all");
}

/* The reader of the line has taken the client's hello as well. */
static void what_was_read_ahead_belongs_to_the_handshake(void)
{
    begin_talks();
    talks[0].says = "STARTTLS\n";
    talks[1].hears = true;
    finish_talks();
    CHECK_TRACE("plain STARTTLS, away has all, near has all");
}

/* Words that somebody has put into the client's mouth are not taken for the
 * client's: CVE-2011-0411 and its many children. */
static void plain_words_do_not_get_into_tls(void)
{
    begin_talks();
    talks[0].says = "STARTTLS\n";
    talks[0].injected = "MAIL FROM:<mallory@example.org>\n";
    talks[1].hears = true;
    finish_talks();
    CHECK_TRACE("plain STARTTLS, away ETLS, near ECONNRESET");
}

/* ---- TLS in TLS ---- */

static struct weft_tls inner_tls[2];
static struct weft_start_tls inner_start[2];
static struct doing inner_doings[2];

static struct weft_async goes_deeper(struct weft_frame *frame)
{
    int i;

    ASYNC_BEGIN(doing);
    i = self->party == &away;
    AWAIT(CALL(&inner_start[i], weft_start_tls, .tls = &inner_tls[i],
               .stream = &self->party->stream,
               .context = context_of(self->party),
               .server_hostname = self->party->host));
    i = self->party == &away;
    CHECK(weft_tls_of(&self->party->stream.transport) == &inner_tls[i]);
    CHECK(self->party->tls.is_open && inner_tls[i].is_open);
    inner_doings[i] = (struct doing){.party = self->party};
    AWAIT(weft_task_call_(&inner_doings[i].frame, i == 0 ? asks : answers));
    ASYNC_END;
}

static int goodbyes;

static void count_goodbyes(const SSL *native, int where, int value)
{
    (void)native;
    goodbyes +=
        where == SSL_CB_READ_ALERT && (value & 255) == SSL_AD_CLOSE_NOTIFY;
}

/* Each layer says goodbye in both directions.
 *
 * CPython: test_ssl.TestSSL.test_create_server_ssl_over_ssl
 */
static void tls_goes_through_tls(void)
{
    open_contexts();
    goodbyes = 0;
    SSL_CTX_set_info_callback(near_context.native, count_goodbyes);
    SSL_CTX_set_info_callback(away_context.native, count_goodbyes);
    near.does = away.does = goes_deeper;
    meet();
    CHECK_TRACE("near open, away open, away heard hello, near heard hello, "
                "away end");
    CHECK_INT(near.closing, 0);
    CHECK_INT(away.closing, 0);
    CHECK_INT(goodbyes, 4);
    CHECK(near.tls.native == NULL && inner_tls[0].native == NULL);
    CHECK(away.tls.native == NULL && inner_tls[1].native == NULL);
    close_contexts();
}

/* CPython: test_sslproto.SslProtoHandshakeTests.test_close_during_ssl_over_ssl
 */
static void tls_in_tls_is_cut_off_as_one(void)
{
    open_contexts();
    near.does = away.does = goes_deeper;
    near.aborts = true;
    meet();
    CHECK_TRACE("near open, away open, away heard hello, near heard hello, "
                "away ETRUNCATED");
    CHECK(near.tls.native == NULL && inner_tls[0].native == NULL);
    close_contexts();
}

#define TESTS(X)                                    \
    X(what_was_said_before_goes_on_in_tls)          \
    X(what_was_read_ahead_belongs_to_the_handshake) \
    X(plain_words_do_not_get_into_tls)              \
    X(tls_goes_through_tls)                         \
    X(tls_in_tls_is_cut_off_as_one)
TEST_MAIN(TESTS)
