/* ev_guest.c - turns of a loop in an ev_loop that somebody else runs.
 *
 * libev calls back when it has polled and all other watchers have been served
 * (check, at the lowest priority), and that is when weft runs. It calls back
 * before it polls (prepare), and that is when weft says how long it may wait:
 * not at all while there is work (an idle watcher), or until the next alarm.
 */
#include <ev.h>
#include <string.h>

#include "weft/error.h"
#include "weft/ev.h"
#include "weft/loop.h"

struct weft_ev_guest_ {
    struct weft_ev *ev;
    int (*poll)(struct weft_driver *driver, weft_ticks timeout,
                struct weft_list *events); /* with ev_run */
    struct ev_loop *host;
    struct weft_loop *loop; /* NULL: stopped */
    ev_prepare prepare;
    ev_check check;
    ev_idle idle;
    ev_timer alarm;
    weft_ticks when; /* the alarm was set for */
    bool holds;      /* the host's ev_run does not return */
    bool is_in_turn; /* visiting: the host has weft run   */
    unsigned turns;  /* of this visit */
    bool is_ending;  /* weft_loop_stop ended the visit */
};

/* The loop of this thread that a host runs. */
static WEFT_THREAD_LOCAL_ struct weft_loop *guest_loop;

/* ---- What the host has to know ---- */

static bool guest_has_work(const struct weft_ev_guest_ *guest)
{
    return !weft_list_is_empty(weft_ev_events_(guest->ev)) ||
           weft_loop_time_to_wait(guest->loop) == 0;
}

static void set_guest_idle(struct weft_ev_guest_ *guest, bool is_wanted)
{
    if (is_wanted) {
        ev_idle_start(guest->host, &guest->idle);
    } else {
        ev_idle_stop(guest->host, &guest->idle);
    }
}

static void set_guest_hold(struct weft_ev_guest_ *guest, bool is_wanted)
{
    if (guest->holds == is_wanted) {
        return;
    }
    guest->holds = is_wanted;
    if (is_wanted) {
        ev_ref(guest->host);
    } else {
        ev_unref(guest->host);
    }
}

/* Only when the next alarm is another one than the last time. */
static void set_guest_alarm(struct weft_ev_guest_ *guest)
{
    struct weft_loop *loop = guest->loop;
    weft_ticks when =
        loop->alarms.count > 0 ? loop->alarms.places[0].when : WEFT_FOREVER;
    weft_ticks now;

    if (when == WEFT_FOREVER) {
        ev_timer_stop(guest->host, &guest->alarm);
        return;
    }
    if (when == guest->when && ev_is_active(&guest->alarm)) {
        return;
    }
    guest->when = when;
    ev_timer_stop(guest->host, &guest->alarm);
    ev_now_update(guest->host); /* the alarm counts from libev's clock */
    now = weft_loop_ticks(loop);
    ev_timer_set(&guest->alarm, when > now ? weft_seconds_from(when - now) : 0.,
                 0.);
    ev_timer_start(guest->host, &guest->alarm);
}

static void tell_the_host(struct weft_ev_guest_ *guest)
{
    set_guest_idle(guest, guest_has_work(guest));
    set_guest_hold(guest,
                   guest->loop->task_count > 0 || guest->loop->expected > 0);
    set_guest_alarm(guest);
}

/* ---- What the host calls ---- */

static void guest_leaves(struct weft_ev_guest_ *guest)
{
    guest->loop->is_running = false;
    guest->loop = NULL;
    guest_loop = NULL;
    weft_ev_serve_(guest->ev, false);
    weft_ev_mute_(guest->ev);
    set_guest_idle(guest, false);
    set_guest_hold(guest, false);
    ev_timer_stop(guest->host, &guest->alarm);
    ev_ref(guest->host);
    ev_prepare_stop(guest->host, &guest->prepare);
    ev_ref(guest->host);
    ev_check_stop(guest->host, &guest->check);
}

static bool guest_has_time(const struct weft_loop *loop)
{
    return loop->credit > 0 ||
           weft_loop_ticks(loop) - loop->polled < loop->poll_interval;
}

/* After a turn. The first of a visit polls, that is, it takes what the host
 * has found. When the loop wants to poll again, or did, for want of time, it is
 * the host's turn. The loop's own count of turns begins at 0 with a poll. */
static bool guest_goes_on(struct weft_loop *loop)
{
    struct weft_ev_guest_ *guest =
        WEFT_OWNER(loop->driver, struct weft_ev, driver)->guest;
    bool goes_on = !weft_list_is_empty(&loop->ready) &&
                   loop->turns == guest->turns &&
                   loop->turns + 1 < loop->poll_turns && guest_has_time(loop);

    guest->turns++;
    guest->is_ending = goes_on; /* unless it is asked again */
    return goes_on;
}

/* It counts as running between visits, so that nobody else runs it. */
static void guest_visits(struct weft_ev_guest_ *guest)
{
    struct weft_loop *loop = guest->loop;

    loop->turns = loop->poll_turns - 1; /* the first turn polls */
    loop->quota = loop->credit = 1;     /* how quick are entries now? */
    guest->turns = 0;
    guest->is_ending = true;
    guest->is_in_turn = true;
    set_guest_idle(guest, false); /* a step may run the host, and wait */
    loop->is_running = false;
    weft_loop_run_(loop, guest_goes_on);
    loop->is_running = true;
    guest->is_in_turn = false;
    if (guest->is_ending) {
        guest_leaves(guest);
    }
}

static void guest_after_poll(struct ev_loop *host, ev_check *check, int events)
{
    struct weft_ev_guest_ *guest = check->data;

    (void)host, (void)events;
    if (guest->is_in_turn) {
        return; /* a task of ours runs the host */
    }
    if (guest_has_work(guest)) {
        guest_visits(guest);
    }
    if (guest->loop != NULL) {
        tell_the_host(guest);
    }
}

static void guest_before_poll(struct ev_loop *host, ev_prepare *prepare,
                              int events)
{
    struct weft_ev_guest_ *guest = prepare->data;

    (void)host, (void)events;
    if (!guest->is_in_turn) {
        tell_the_host(guest);
    }
}

/* These two are there for what they do to the host's waiting. */
static void on_guest_idle(struct ev_loop *host, ev_idle *idle, int events)
{
    (void)host, (void)idle, (void)events;
}

static void on_guest_alarm(struct ev_loop *host, ev_timer *alarm, int events)
{
    (void)host, (void)alarm, (void)events;
}

/* ---- What the loop calls ---- */

/* In a visit the host has polled already. Otherwise weft is the one that runs,
 * and the host's watchers are served as well. The reference makes libev wait
 * though nothing else may be active. */
static int poll_as_guest(struct weft_driver *driver, weft_ticks timeout,
                         struct weft_list *events)
{
    struct weft_ev *ev = WEFT_OWNER(driver, struct weft_ev, driver);
    struct weft_ev_guest_ *guest = ev->guest;
    int status;

    if (guest->is_in_turn) {
        weft_list_splice(events, weft_ev_events_(ev));
        return 0;
    }
    if (ev_depth(guest->host) > 0) {
        return WEFT_EALREADY;
    }
    weft_ev_serve_(ev, true);
    ev_ref(guest->host);
    status = guest->poll(driver, timeout, events);
    ev_unref(guest->host);
    weft_ev_serve_(ev, false);
    return status;
}

/* ---- What the program calls ---- */

int weft_ev_attach(struct weft_ev *ev, struct weft_allocator *allocator,
                   struct ev_loop *host)
{
    struct weft_ev_guest_ *guest;
    int status =
        host != NULL ? weft_ev_open_on_(ev, allocator, host) : WEFT_EINVAL;

    if (status < 0) {
        return status;
    }
    guest = weft_allocate_(allocator, sizeof *guest);
    if (guest == NULL) {
        weft_ev_close(ev);
        return WEFT_ENOMEM;
    }
    memset(guest, 0, sizeof *guest);
    guest->ev = ev;
    guest->host = host;
    ev_prepare_init(&guest->prepare, guest_before_poll);
    ev_check_init(&guest->check, guest_after_poll);
    ev_idle_init(&guest->idle, on_guest_idle);
    ev_init(&guest->alarm, on_guest_alarm);
    guest->prepare.data = guest->check.data = guest;
    ev_set_priority(&guest->prepare, EV_MINPRI); /* behind all others, which  */
    ev_set_priority(&guest->check, EV_MINPRI);   /* may make tasks ready; the */
    ev_set_priority(&guest->idle, EV_MINPRI);    /* host's idle ones come too */
    ev->guest = guest;
    guest->poll = ev->driver.poll;
    ev->driver.poll = poll_as_guest;
    return 0;
}

int weft_ev_start(struct weft_ev *ev, struct weft_loop *loop)
{
    struct weft_ev_guest_ *guest = ev->guest;

    if (guest == NULL || loop->driver != &ev->driver) {
        return WEFT_EINVAL;
    }
    if (!loop->is_open) {
        return WEFT_ECLOSED;
    }
    if (guest->loop == loop) {
        return 0;
    }
    if (loop->is_running || guest_loop != NULL || weft_loop_running() != NULL) {
        return WEFT_EALREADY;
    }
    guest->loop = guest_loop = loop;
    loop->is_running = true;
    weft_ev_serve_(ev, true);
    ev_prepare_start(guest->host, &guest->prepare);
    ev_unref(guest->host);
    ev_check_start(guest->host, &guest->check);
    ev_unref(guest->host);
    return 0;
}

void weft_ev_stop(struct weft_ev *ev)
{
    struct weft_ev_guest_ *guest = ev->guest;

    if (guest == NULL || guest->loop == NULL) {
        return;
    }
    if (ev->guest->is_in_turn) {
        weft_loop_stop(guest->loop);
    } else {
        guest_leaves(guest);
    }
}

void weft_ev_detach_(struct weft_ev *ev, struct weft_allocator *allocator)
{
    weft_ev_stop(ev);
    weft_free_(allocator, ev->guest, sizeof *ev->guest);
    ev->guest = NULL;
}
