/* test_cares.c - names asked of a server that is part of the test. */
#include "fake_dns.h"
#include "weft/cares.h"

#include <netdb.h>

static struct real real;
static struct fake_dns dns;
static struct weft_cares cares;
static struct weft_lookup lookup;
static struct weft_nameinfo names;
static struct weft_address address;

static void turns(int count)
{
    for (int i = 0; i < count; i++) {
        real_turn(&real);
    }
}

static void reset(void)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    fake_dns_open(&dns);
    memset(&cares, 0, sizeof cares);
    memset(&lookup, 0, sizeof lookup);
    memset(&names, 0, sizeof names);
    cares.servers = dns.servers;
    cares.lookups = "fb";
    CHECK_INT(weft_cares_open(&cares, &real.world.loop), 0);
}

static void finish(void)
{
    weft_lookup_close(&lookup);
    weft_cares_close(&cares);
    fake_dns_close(&dns);
    turns(3);
    real_close(&real);
}

struct finder {
    struct weft_frame frame;
    struct weft_lookup *lookup;
    const char *host, *port;
};

static async finder(struct weft_frame *frame)
{
    ASYNC_BEGIN(finder);
    AWAIT(weft_getaddrinfo(self->lookup, self->host, self->port));
    ASYNC_END;
}

static int find(const char *host, const char *port)
{
    weft_lookup_close(&lookup);
    return ASYNC_RUN_IN(&real.world.loop, finder, .lookup = &lookup,
                        .host = host, .port = port);
}

static void check_found(const char *expected)
{
    char found[256] = "";
    char text[WEFT_ADDRESS_TEXT];

    for (struct addrinfo *entry = lookup.addresses; entry != NULL;
         entry = entry->ai_next) {
        weft_address_copy(&address, entry->ai_addr, entry->ai_addrlen);
        CHECK_INT(entry->ai_family, weft_address_family(&address));
        CHECK_INT(entry->ai_socktype,
                  lookup.socktype != 0 ? lookup.socktype : SOCK_STREAM);
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s",
                 found[0] != '\0' ? " " : "",
                 weft_address_text(&address, text, sizeof text));
    }
    CHECK_STR(found, expected);
}

/* ---- Answers ---- */

static void a_name_has_its_addresses(void)
{
    reset();
    CHECK_INT(find("four.test", "80"), 0);
    check_found("10.0.0.1:80 10.0.0.2:80");
    CHECK_INT(find("six.test", "80"), 0);
    check_found("[fd00::1]:80");
    CHECK_INT(find("both.test", NULL), 0);
    CHECK(lookup.addresses != NULL && lookup.addresses->ai_next != NULL);
    CHECK_INT(cares.running, 0);
    CHECK_INT(real.world.loop.expected, 0); /* no thread */
    finish();
}

static void one_family_and_one_kind_can_be_asked_for(void)
{
    reset();
    lookup.family = AF_INET6;
    lookup.socktype = SOCK_DGRAM;
    CHECK_INT(find("both.test", "53"), 0);
    check_found("[fd00::3]:53");
    CHECK_INT(dns.questions, 1);
    lookup.family = AF_INET;
    CHECK_INT(find("both.test", "53"), 0);
    check_found("10.0.0.3:53");
    CHECK_INT(find("six.test", "53"), WEFT_ENAME);
    finish();
}

static void names_that_do_not_exist_are_errors(void)
{
    reset();
    CHECK_INT(find("nosuch.test", "80"), WEFT_ENAME);
    CHECK_INT(find("empty.test", "80"), WEFT_ENAME);
    CHECK_INT(find("no such name", "80"), WEFT_ENAME);
    CHECK_INT(find("four.test", "no such service"), WEFT_ENAME);
    CHECK(lookup.addresses == NULL);
    CHECK_INT(cares.running, 0);
    finish();
}

static void a_number_is_not_asked_for(void)
{
    reset();
    CHECK_INT(find("10.0.0.7", "80"), 0);
    check_found("10.0.0.7:80");
    CHECK_INT(dns.questions, 0);
    finish();
}

/* Read from the hosts file: no server is asked, and nobody waits. */
static void the_hosts_file_is_read(void)
{
    reset();
    lookup.family = AF_INET;
    CHECK_INT(find("localhost", "80"), 0);
    CHECK(lookup.addresses != NULL);
    CHECK_INT(dns.questions, 0);
    CHECK_INT(find(NULL, "no such service"), WEFT_ENAME);
    finish();
}

ASYNC_OPERATION(namer, weft_getnameinfo(&names, &address, self->flags),
                int flags;);

static int name_it(int flags)
{
    return ASYNC_RUN_IN(&real.world.loop, namer, .flags = flags);
}

static void addresses_have_names(void)
{
    reset();
    CHECK_INT(weft_address_set(&address, "10.0.0.9", 4711), 0);
    CHECK_INT(name_it(0), 0);
    CHECK_STR(names.host, "nine.test");
    CHECK_STR(names.port, "4711");
    CHECK_INT(name_it(NI_NUMERICHOST), 0);
    CHECK_STR(names.host, "10.0.0.9");
    CHECK_INT(weft_address_set(&address, "10.0.0.8", 4711), 0);
    CHECK_INT(name_it(NI_NUMERICSERV), 0);
    CHECK_STR(names.host, "10.0.0.8");
    CHECK_INT(name_it(NI_NAMEREQD), WEFT_ENAME);
    CHECK_INT(cares.running, 0);
    finish();
}

enum { MANY = 50 };

static void many_lookups_run_at_once_in_one_thread(void)
{
    struct weft_lookup lookups[MANY];
    struct weft_task *tasks[MANY];

    reset();
    memset(lookups, 0, sizeof lookups);
    for (int i = 0; i < MANY; i++) {
        tasks[i] = SPAWN(finder, .lookup = &lookups[i], .host = "both.test");
    }
    turns(1);
    CHECK_INT(cares.running, MANY);
    CHECK_INT(real.world.loop.expected, 0);
    for (int i = 0; i < MANY; i++) {
        CHECK_INT(weft_loop_run_until_complete(&real.world.loop, tasks[i]), 0);
        CHECK(lookups[i].addresses != NULL);
        weft_lookup_close(&lookups[i]);
        weft_task_release(tasks[i]);
    }
    CHECK_INT(cares.running, 0);
    finish();
}

/* ---- No answer ---- */

static void reopen(double timeout, int tries)
{
    weft_cares_close(&cares);
    cares.timeout = timeout;
    cares.tries = tries;
    CHECK_INT(weft_cares_open(&cares, &real.world.loop), 0);
}

static void a_server_that_does_not_answer_is_asked_again_and_given_up(void)
{
    reset();
    reopen(0.001, 3);
    lookup.family = AF_INET;
    CHECK_INT(find("silent.test", "80"), -ETIMEDOUT);
    CHECK(dns.questions >= 2);
    CHECK_INT(cares.running, 0);
    CHECK_INT(find("four.test", "80"), 0);
    finish();
}

static void a_server_that_is_not_there_is_an_error(void)
{
    struct weft_address nobody;
    char text[WEFT_ADDRESS_TEXT];
    int status;

    reset();
    close(socks_bind(AF_INET, SOCK_DGRAM, &nobody));
    cares.servers = weft_address_text(&nobody, text, sizeof text);
    reopen(0.001, 1);
    status = find("four.test", "80");
    CHECK(status == -ECONNREFUSED || status == -ETIMEDOUT);
    finish();
}

struct patient {
    struct weft_frame frame;
    struct weft_wait_for limit;
};

static async patient(struct weft_frame *frame)
{
    ASYNC_BEGIN(patient);
    AWAIT(weft_wait_for(&self->limit,
                        weft_getaddrinfo(&lookup, "silent.test", "80"), 100));
    ASYNC_END;
}

static void a_lookup_can_have_a_deadline(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(patient);
    turns(3);
    CHECK(!weft_task_done(task));
    real.skipped += weft_ticks_from(100);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
              WEFT_ETIMEOUT);
    weft_task_release(task);
    CHECK_INT(find("four.test", "80"), 0); /* the struct is free again */
    finish();
}

/* ---- Cancelling and closing ---- */

static void a_lookup_can_be_cancelled_in_every_turn(void)
{
    bool done = false;

    for (int count = 0; !done; count++) {
        struct weft_task *task;

        reset();
        task = SPAWN(finder, .lookup = &lookup, .host = "both.test");
        turns(count);
        done = weft_task_done(task);
        weft_task_cancel(task);
        CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
                  done ? 0 : WEFT_ECANCELLED);
        CHECK_INT(lookup.addresses != NULL, done);
        CHECK(lookup.job == NULL);
        CHECK(!done || count > 2);
        weft_task_release(task);
        finish();
    }
}

static void an_answer_that_nobody_wants_any_more_is_dropped(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(finder, .lookup = &lookup, .host = "four.test");
    turns(1);
    weft_task_cancel(task);
    turns(1);
    CHECK(weft_task_cancelled(task));
    CHECK_INT(cares.running, 1);
    while (cares.running > 0) {
        turns(1);
    }
    CHECK(lookup.addresses == NULL);
    weft_task_release(task);
    finish();
}

static void who_waits_at_the_close_is_told(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(finder, .lookup = &lookup, .host = "silent.test");
    turns(2);
    CHECK(!weft_task_done(task));
    weft_cares_close(&cares);
    weft_cares_close(&cares);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
              WEFT_ECLOSED);
    weft_task_release(task);
    lookup.family = AF_INET;
    CHECK_INT(find("localhost", "80"), 0); /* by a thread */
    finish();
}

static void bad_settings_are_errors(void)
{
    reset();
    CHECK_INT(weft_cares_open(&cares, &real.world.loop), WEFT_EALREADY);
    weft_cares_close(&cares);
    cares.servers = "no address";
    CHECK_INT(weft_cares_open(&cares, &real.world.loop), WEFT_EINVAL);
    CHECK(cares.loop == NULL);
    cares.servers = NULL;
    CHECK_INT(weft_cares_open(&cares, &real.world.loop), 0);
    finish();
}

/* Without memory for a socket's watch or an alarm the question fails; with a
 * little more there is an answer. */
static void a_lack_of_memory_is_an_error(void)
{
    bool failed = false;

    for (long n = 1; n < 8; n++) {
        struct weft_task *task;

        reset();
        task = SPAWN(finder, .lookup = &lookup, .host = "four.test");
        real.world.fail_at = real.world.allocations + n;
        for (int i = 0; i < 300 && !weft_task_done(task); i++) {
            turns(1);
        }
        CHECK(weft_task_done(task));
        failed = failed || weft_task_error(task) == WEFT_ENOMEM;
        CHECK_INT(lookup.addresses != NULL, weft_task_error(task) == 0);
        CHECK_INT(cares.running, 0);
        weft_task_release(task);
        finish();
    }
    CHECK(failed);
}

#define TESTS(X)                                                 \
    X(a_name_has_its_addresses)                                  \
    X(one_family_and_one_kind_can_be_asked_for)                  \
    X(names_that_do_not_exist_are_errors)                        \
    X(a_number_is_not_asked_for)                                 \
    X(the_hosts_file_is_read)                                    \
    X(addresses_have_names)                                      \
    X(many_lookups_run_at_once_in_one_thread)                    \
    X(a_server_that_does_not_answer_is_asked_again_and_given_up) \
    X(a_server_that_is_not_there_is_an_error)                    \
    X(a_lookup_can_have_a_deadline)                              \
    X(a_lookup_can_be_cancelled_in_every_turn)                   \
    X(an_answer_that_nobody_wants_any_more_is_dropped)           \
    X(who_waits_at_the_close_is_told)                            \
    X(bad_settings_are_errors)                                   \
    X(a_lack_of_memory_is_an_error)
TEST_MAIN(TESTS)
