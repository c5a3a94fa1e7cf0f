/* test_resolve_name.c - what is asked for, and names of addresses. */
#include "fake_resolver.h"

static struct real real;
static struct weft_nameinfo names;
static struct weft_lookup lookup;
static struct weft_address address;

static void reset(void)
{
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
    real_open(&real);
    real.world.loop.poll_turns = 1;
    memset(&names, 0, sizeof names);
    memset(&lookup, 0, sizeof lookup);
    CHECK_INT(weft_address_set(&address, "127.0.0.1", 80), 0);
}

static void finish(void)
{
    weft_lookup_close(&lookup);
    real_close(&real);
}

ASYNC_OPERATION(namer, weft_getnameinfo(&names, &address, self->flags),
                int flags;);

static int name_it(int flags)
{
    return ASYNC_RUN_IN(&real.world.loop, namer, .flags = flags);
}

static void numbers_are_written_without_waiting(void)
{
    reset();
    CHECK_INT(
        weft_getnameinfo(&names, &address, NI_NUMERICHOST | NI_NUMERICSERV)
            .status,
        0);
    CHECK_STR(names.host, "127.0.0.1");
    CHECK_STR(names.port, "80");
    CHECK_INT(weft_address_set(&address, "::1", 8080), 0);
    CHECK_INT(
        weft_getnameinfo(&names, &address, NI_NUMERICHOST | NI_NUMERICSERV)
            .status,
        0);
    CHECK_STR(names.host, "::1");
    CHECK_STR(names.port, "8080");
    CHECK_INT(weft_getnameinfo(&names, &address, NI_NUMERICHOST).status,
              WEFT_ENOTASK);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_getnameinfo */
static void a_thread_finds_the_names(void)
{
    reset();
    CHECK_INT(name_it(0), 0);
    CHECK(names.host[0] != '\0');
    CHECK_STR(names.port, getservbyport(htons(80), "tcp") ? "http" : "80");
    CHECK_INT(name_it(NI_NUMERICHOST), 0);
    CHECK_STR(names.host, "127.0.0.1");
    CHECK_INT(real.world.loop.expected, 0);
    finish();
}

static void an_address_without_a_name_is_an_error(void)
{
    reset();
    memset(&address, 0, sizeof address);
    CHECK_INT(name_it(0), WEFT_ENAME);
    CHECK_INT(
        weft_getnameinfo(&names, &address, NI_NUMERICHOST | NI_NUMERICSERV)
            .status,
        WEFT_ENAME);
    finish();
}

static void a_second_question_waits_for_the_first(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(namer, .flags = 0);
    real_turn(&real);
    CHECK_INT(name_it(0), WEFT_EALREADY);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), 0);
    weft_task_release(task);
    finish();
}

static void a_cancelled_question_returns_at_once(void)
{
    struct weft_task *task;

    reset();
    for (int turns = 0; turns < 3; turns++) {
        task = SPAWN(namer, .flags = 0);
        for (int i = 0; i < turns; i++) {
            real_turn(&real);
        }
        if (weft_task_cancel(task)) {
            CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
                      WEFT_ECANCELLED);
        }
        CHECK(names.job == NULL);
        weft_task_release(task);
    }
    finish(); /* waits for the threads */
}

/* ---- What is asked for ---- */

static int count_addresses(void)
{
    int count = 0;

    for (struct addrinfo *entry = lookup.addresses; entry != NULL;
         entry = entry->ai_next) {
        CHECK(lookup.family == 0 || entry->ai_family == lookup.family);
        CHECK_INT(entry->ai_socktype,
                  lookup.socktype == 0 ? SOCK_STREAM : lookup.socktype);
        count++;
    }
    weft_lookup_close(&lookup);
    return count;
}

ASYNC_OPERATION(finder, weft_getaddrinfo(&lookup, self->host, "80"),
                const char *host;);

static int find(const char *host)
{
    return ASYNC_RUN_IN(&real.world.loop, finder, .host = host);
}

static void one_family_and_one_kind_can_be_asked_for(void)
{
    reset();
    lookup.family = AF_INET;
    CHECK_INT(find("127.0.0.1"), 0);
    CHECK_INT(count_addresses(), 1);
    CHECK_INT(find("localhost"), 0);
    CHECK(count_addresses() > 0);
    CHECK_INT(find("::1"), WEFT_ENAME);
    lookup.family = AF_INET6;
    lookup.socktype = SOCK_DGRAM;
    CHECK_INT(find("::1"), 0);
    CHECK_INT(count_addresses(), 1);
    CHECK_INT(find("127.0.0.1"), WEFT_ENAME);
    lookup.family = 4711;
    CHECK_INT(find("127.0.0.1"), WEFT_ENAME);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_ipv6_scope */
static void a_scope_is_part_of_a_number(void)
{
    char text[WEFT_ADDRESS_TEXT];

    reset();
    CHECK_INT(weft_getaddrinfo(&lookup, "fe80::1%1", "80").status, 0);
    CHECK_INT(weft_address_copy(&address, lookup.addresses->ai_addr,
                                lookup.addresses->ai_addrlen),
              0);
    CHECK(strstr(weft_address_text(&address, text, sizeof text), "%1]") !=
          NULL);
    CHECK_INT(weft_address_port(&address), 80);
    finish();
}

/* ---- Somebody else is asked ---- */

/* CPython: test_base_events.BaseEventTests.test_ipaddr_info
 * CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_ip_addr
 */
static void a_number_is_not_asked_for(void)
{
    struct fake_resolver fake;

    reset();
    fake_resolver_open(&fake, &real.world.loop);
    CHECK_INT(find("1.2.3.4"), 0);
    weft_lookup_close(&lookup);
    CHECK_INT(find("::3"), 0);
    weft_lookup_close(&lookup);
    CHECK_INT(fake.questions, 0);
    fake_resolver_add(&fake, &address);
    CHECK_INT(find("1.2.3"), 0); /* an old way of writing 1.2.0.3 */
    weft_lookup_close(&lookup);
    CHECK_INT(find("localhost"), 0);
    CHECK_INT(fake.questions, 1);
    CHECK(lookup.addresses == fake.list);
    CHECK_INT(fake.open, 1);
    weft_lookup_close(&lookup);
    fake.status = WEFT_ENAME;
    CHECK_INT(find("localhost"), WEFT_ENAME);
    fake_resolver_close(&fake);
    CHECK_INT(find("localhost"), 0); /* a thread again */
    CHECK_INT(fake.questions, 2);
    finish();
}

static void a_resolver_is_its_loop_s(void)
{
    struct fake_resolver fake;
    struct fake_resolver later;
    struct weft_loop other;

    reset();
    fake_resolver_open(&fake, &other);
    CHECK_INT(find("localhost"), 0);
    CHECK_INT(fake.questions, 0);
    weft_lookup_close(&lookup);
    fake_resolver_close(&fake);
    fake_resolver_open(&fake, &real.world.loop);
    fake_resolver_open(&later, &real.world.loop);
    fake_resolver_add(&later, &address);
    CHECK_INT(find("localhost"), 0);
    CHECK_INT(fake.questions, 0);
    CHECK_INT(later.questions, 1);
    weft_lookup_close(&lookup);
    fake_resolver_close(&later);
    fake_resolver_close(&fake);
    finish();
}

#define TESTS(X)                                \
    X(numbers_are_written_without_waiting)      \
    X(a_thread_finds_the_names)                 \
    X(an_address_without_a_name_is_an_error)    \
    X(a_second_question_waits_for_the_first)    \
    X(a_cancelled_question_returns_at_once)     \
    X(one_family_and_one_kind_can_be_asked_for) \
    X(a_scope_is_part_of_a_number)              \
    X(a_number_is_not_asked_for)                \
    X(a_resolver_is_its_loop_s)
TEST_MAIN(TESTS)
