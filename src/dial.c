/* dial.c - happy eyeballs: a race of connects. */
#include "weft/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/loop.h"
#include "weft/park.h"
#include "weft/sock.h"
#include "weft/staggered.h"
#include "weft/wait.h"

/* One address. */
struct weft_dial_one_ {
    struct weft_frame frame;
    const struct addrinfo *address;
    const struct addrinfo *local; /* bind to one of these; NULL: do not */
    struct weft_address to;
    struct weft_sock sock; /* -1: none */
    int error;
};

/* All of them, in one block. */
struct weft_dial_race_ {
    struct weft_staggered staggered;
    size_t count;
    struct weft_attempt *attempts;
    struct weft_dial_one_ ones[];
};

/* ---- One address ---- */

static int bind_dial_socket(int fd, int family, const struct addrinfo *local)
{
    int error = -EADDRNOTAVAIL; /* there is none of this family */

    for (; local != NULL; local = local->ai_next) {
        if (local->ai_family != family) {
            continue;
        }
        if (bind(fd, local->ai_addr, local->ai_addrlen) == 0) {
            return 0;
        }
        error = -errno;
    }
    return error;
}

static int make_dial_socket(struct weft_dial_one_ *one)
{
    const struct addrinfo *address = one->address;
    int yes = 1;
    int status;
    int fd;

    fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    one->sock = WEFT_SOCK(fd);
    status = fd < 0 ? -errno : weft_fd_prepare_(fd);
    if (status < 0) {
        return status;
    }
    /* Small writes go out at once, as asyncio's do. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (one->local != NULL) {
        return bind_dial_socket(fd, address->ai_family, one->local);
    }
    return 0;
}

static void drop_dial_socket(struct weft_dial_one_ *one)
{
    if (one->sock.fd >= 0) {
        close(one->sock.fd);
        one->sock.fd = -1;
    }
}

static struct weft_async connect_dial_one(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_dial_one_);
    self->error = make_dial_socket(self);
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_AWAIT(weft_sock_connect(&self->sock, &self->to));
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        self->error = frame->outcome;
        drop_dial_socket(self);
    }
    ASYNC_END;
}

static struct weft_op begin_dial_one(struct weft_dial_one_ *one)
{
    return weft_task_call_(&one->frame, connect_dial_one);
}

static struct weft_op begin_dial_attempt(void *arg, size_t index)
{
    struct weft_dial_race_ *race = arg;

    return begin_dial_one(&race->ones[index]);
}

/* ---- All of them ---- */

/* Take the first `count` addresses of the first family, then one of another,
 * one of the first and so on. */
static struct addrinfo *alternate_families(struct addrinfo *list, int count)
{
    int family = list->ai_family;
    struct addrinfo *queues[2] = {NULL, NULL};
    struct addrinfo **ends[2] = {&queues[0], &queues[1]};
    struct addrinfo *first = NULL;
    struct addrinfo **end = &first;

    for (; list != NULL; list = list->ai_next) {
        int other = list->ai_family != family;

        *ends[other] = list;
        ends[other] = &list->ai_next;
    }
    *ends[0] = *ends[1] = NULL;
    for (int taken = 0, other = 0; queues[0] != NULL || queues[1] != NULL;) {
        if (queues[other] == NULL) {
            other = !other;
        }
        *end = queues[other];
        end = &queues[other]->ai_next;
        queues[other] = *end;
        if (++taken >= count) {
            other = !other;
        }
    }
    return first;
}

static bool is_one_by_one(const struct weft_dial *dial)
{
    return dial->happy_eyeballs_delay >= WEFT_NO_TIMEOUT;
}

static weft_ticks dial_delay(const struct weft_dial *dial)
{
    return weft_ticks_from(dial->happy_eyeballs_delay == 0
                               ? WEFT_HAPPY_EYEBALLS_DELAY
                               : dial->happy_eyeballs_delay);
}

static size_t dial_race_size(size_t count)
{
    return sizeof(struct weft_dial_race_) +
           count *
               (sizeof(struct weft_dial_one_) + sizeof(struct weft_attempt));
}

/* The addresses are known: make room for all attempts. */
static int prepare_dial_race(struct weft_dial *dial)
{
    struct weft_dial_race_ *race;
    struct addrinfo *address;
    size_t count = 0;

    if (!is_one_by_one(dial)) {
        dial->lookup.addresses =
            alternate_families(dial->lookup.addresses,
                               dial->interleave > 0 ? dial->interleave : 1);
    }
    for (address = dial->lookup.addresses; address != NULL;
         address = address->ai_next) {
        count++;
    }
    race = weft_allocate_(weft_loop_current_->allocator, dial_race_size(count));
    if (race == NULL) {
        return WEFT_ENOMEM;
    }
    memset(race, 0, dial_race_size(count));
    race->count = count;
    race->attempts = (struct weft_attempt *)(void *)&race->ones[count];
    address = dial->lookup.addresses;
    for (size_t i = 0; i < count; i++, address = address->ai_next) {
        race->ones[i].address = address;
        race->ones[i].local = dial->local.addresses;
        race->ones[i].sock.fd = -1;
        weft_address_copy(&race->ones[i].to, address->ai_addr,
                          (socklen_t)address->ai_addrlen);
    }
    dial->race = race;
    return 0;
}

/* Close who came too late, as well. */
static void close_dial_race(struct weft_dial *dial)
{
    struct weft_dial_race_ *race = dial->race;

    if (race != NULL) {
        for (size_t i = 0; i < race->count; i++) {
            drop_dial_socket(&race->ones[i]);
        }
        /* The frames in it that have failed are not to be asked any more: a
           report begins here. */
        weft_forget_origin();
        weft_free_(weft_loop_current_->allocator, race,
                   dial_race_size(race->count));
        dial->race = NULL;
    }
    weft_lookup_close(&dial->lookup);
    weft_lookup_close(&dial->local);
}

static void note_dial_failures(struct weft_dial *dial, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct weft_dial_one_ *one = &dial->race->ones[i];

        if (i < WEFT_DIAL_FAILURES) {
            struct weft_dial_failure *failure = &dial->failures[i];

            memcpy(&failure->address, &one->to.room, sizeof failure->address);
            failure->error = one->error;
        }
    }
    dial->failure_count = count;
    dial->error = dial->race->ones[count - 1].error;
}

static void take_winner(struct weft_dial *dial, size_t index)
{
    dial->result = dial->race->ones[index].sock.fd;
    dial->race->ones[index].sock.fd = -1; /* the caller's now */
}

struct weft_async weft_dial(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_dial);
    self->result = -1;
    if ((self->host == NULL && self->port == NULL) ||
        self->happy_eyeballs_delay < 0 ||
        dial_delay(self) == WEFT_TICKS_INVALID) {
        ASYNC_RAISE(WEFT_EINVAL);
    }
    self->lookup.family = self->family;
    ASYNC_AWAIT(weft_getaddrinfo(&self->lookup, self->host, self->port));
    if (self->local_host != NULL || self->local_port != NULL) {
        self->local.family = self->family;
        ASYNC_AWAIT(
            weft_getaddrinfo(&self->local, self->local_host, self->local_port));
    }
    self->error = prepare_dial_race(self);
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    if (self->race->count > 1 && !is_one_by_one(self)) {
        ASYNC_AWAIT(ASYNC_CALL(
            &self->race->staggered, weft_staggered, .begin = begin_dial_attempt,
            .arg = self->race, .attempts = self->race->attempts,
            .count = self->race->count, .delay = dial_delay(self)));
        if (self->race->staggered.winner >= 0) {
            take_winner(self, (size_t)self->race->staggered.winner);
            ASYNC_EXIT;
        }
    } else {
        for (self->index = 0; self->index < self->race->count; self->index++) {
            ASYNC_TRY {
                ASYNC_AWAIT(begin_dial_one(&self->race->ones[self->index]));
                take_winner(self, self->index);
                ASYNC_EXIT;
            }
            ASYNC_CATCH(self->error) {
                /* to the next one */
            }
        }
    }
    note_dial_failures(self, self->race->count);
    ASYNC_RAISE(self->error);
    ASYNC_FINALLY
    close_dial_race(self);
    ASYNC_END;
}
