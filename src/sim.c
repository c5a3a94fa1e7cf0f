/* sim.c - a clock that jumps, and an order that is drawn by lot. */
#include "weft/sim.h"

#include "weft/error.h"

/* SplitMix64: any seed will do, and a number costs two multiplications. */
static uint64_t draw(struct weft_sim *sim)
{
    uint64_t bits = sim->random += 0x9e3779b97f4a7c15u;

    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    return bits ^ bits >> 31;
}

uint64_t weft_sim_random(struct weft_sim *sim, uint64_t below)
{
    return below > 0 ? draw(sim) % below : 0;
}

/* A coin for each entry, heads before tails: a riffle played backwards. After
 * `rounds` of them all entries have, in effect, been sorted by numbers of so
 * many random bits. */
static void shuffle(struct weft_sim *sim, struct weft_list *list, int rounds)
{
    while (rounds-- > 0) {
        struct weft_list piles[2] = {WEFT_EMPTY_LIST_, WEFT_EMPTY_LIST_};
        struct weft_node *node;

        while ((node = weft_list_pop(list)) != NULL) {
            weft_list_push(&piles[draw(sim) >> 63], node);
        }
        weft_list_splice(list, &piles[0]);
        weft_list_splice(list, &piles[1]);
    }
}

/* Enough that two entries hardly ever have the same number, which would leave
 * them in their order: twice the bits of their count, and some. */
static int rounds_for(const struct weft_list *list)
{
    const struct weft_node *node = weft_list_first(list);
    size_t count = 0;
    int rounds = 3;

    for (; node != NULL; node = weft_list_next(list, node)) {
        count++;
    }
    for (size_t rest = count; rest > 1; rest /= 2) {
        rounds += 2;
    }
    return count > 1 ? rounds : 0;
}

static weft_ticks sim_now(struct weft_driver *driver)
{
    return ((struct weft_sim *)(void *)driver)->now;
}

static int sim_poll(struct weft_driver *driver, weft_ticks timeout,
                    struct weft_list *events)
{
    struct weft_sim *sim = (struct weft_sim *)(void *)driver;

    if (timeout == WEFT_FOREVER) {
        return WEFT_EDEADLOCK;
    }
    sim->now = weft_ticks_after(sim->now, timeout);
    if (sim->drift > 0 && weft_sim_random(sim, 2) == 0) {
        weft_ticks step =
            (weft_ticks)weft_sim_random(sim, (uint64_t)sim->drift) + 1;

        sim->now = weft_ticks_after(sim->now, step);
    }
    if (sim->is_shuffled) {
        shuffle(sim, events, rounds_for(events));
    }
    return 0;
}

static void sim_wake(struct weft_driver *driver)
{
    (void)driver; /* it never waits */
}

void weft_sim_init(struct weft_sim *sim)
{
    memset(sim, 0, sizeof *sim);
    sim->driver.now = sim_now;
    sim->driver.poll = sim_poll;
    sim->driver.wake = sim_wake;
    sim->driver.poll_turns = 1;
}

void weft_sim_shuffle(struct weft_sim *sim, uint64_t seed)
{
    sim->random = seed;
    sim->is_shuffled = true;
}
