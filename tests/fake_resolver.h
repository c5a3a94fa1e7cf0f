/* fake_resolver.h - a resolver that knows what a test has told it.
 *
 *     fake_resolver_open(&fake, &loop);
 *     fake_resolver_add(&fake, &address);       as often as there are addresses
 *     ...
 *     weft_resolver_remove_(&fake.resolver);
 *
 * Each name has all the addresses, in that order. It answers at once, with
 * fake.status.
 */
#ifndef FAKE_RESOLVER_H
#define FAKE_RESOLVER_H

#include <netdb.h>

#include "real.h"

enum { FAKE_ADDRESSES = 16 };

struct fake_resolver {
    struct weft_resolver resolver;
    struct weft_lookup_job job;
    struct weft_address addresses[FAKE_ADDRESSES];
    struct addrinfo list[FAKE_ADDRESSES];
    int count;
    int status;
    int questions;
    int family, socktype; /* that were asked for last      */
    int open;             /* lists that are not given back */
};

static struct fake_resolver *fake_resolver_of_list;

static inline void fake_resolver_release(struct addrinfo *list)
{
    (void)list;
    fake_resolver_of_list->open--;
}

static inline void fake_resolver_close_job(struct weft_lookup_job *job)
{
    struct fake_resolver *fake = WEFT_OWNER(job, struct fake_resolver, job);

    fake->open -= job->addresses != NULL;
}

static inline int fake_resolver_find(struct weft_resolver *resolver,
                                     const char *host, const char *port,
                                     const struct addrinfo *hints,
                                     struct weft_lookup_job **job)
{
    struct fake_resolver *fake =
        WEFT_OWNER(resolver, struct fake_resolver, resolver);

    (void)host, (void)port;
    CHECK_INT(fake->open, 0);
    fake->questions++;
    fake->family = hints->ai_family;
    fake->socktype = hints->ai_socktype;
    memset(fake->list, 0, sizeof fake->list);
    for (int i = 0; i < fake->count; i++) {
        struct addrinfo *entry = &fake->list[i];

        entry->ai_family = weft_address_family(&fake->addresses[i]);
        entry->ai_socktype = hints->ai_socktype;
        entry->ai_addr = WEFT_SOCKADDR(&fake->addresses[i]);
        entry->ai_addrlen = fake->addresses[i].size;
        entry->ai_next = i + 1 < fake->count ? entry + 1 : NULL;
    }
    memset(&fake->job, 0, sizeof fake->job);
    fake->job.close = fake_resolver_close_job;
    fake->job.release = fake_resolver_release;
    fake->job.addresses = fake->count > 0 ? fake->list : NULL;
    fake->open = fake->count > 0;
    fake_resolver_of_list = fake;
    weft_lookup_finish_(&fake->job, fake->status);
    *job = &fake->job;
    return 0;
}

static inline void fake_resolver_open(struct fake_resolver *fake,
                                      struct weft_loop *loop)
{
    memset(fake, 0, sizeof *fake);
    fake->resolver.find_addresses = fake_resolver_find;
    weft_resolver_install_(&fake->resolver, loop);
}

static inline void fake_resolver_add(struct fake_resolver *fake,
                                     const struct weft_address *address)
{
    fake->addresses[fake->count++] = *address;
}

static inline void fake_resolver_close(struct fake_resolver *fake)
{
    weft_resolver_remove_(&fake->resolver);
    CHECK_INT(fake->open, 0);
}

#endif /* FAKE_RESOLVER_H */
