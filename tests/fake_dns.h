/* fake_dns.h - a name server on the loopback, in the loop of the test.
 *
 *     fake_dns_open(&dns);
 *     ... dns.servers is "127.0.0.1:PORT"
 *     fake_dns_close(&dns);
 *
 * It knows these names; what else it is asked does not exist.
 *
 *     four.test      10.0.0.1 and 10.0.0.2
 *     six.test       fd00::1
 *     both.test      10.0.0.3 and fd00::3
 *     empty.test     no address
 *     silent.test    gets no answer
 *     10.0.0.9       has the name nine.test
 */
#ifndef FAKE_DNS_H
#define FAKE_DNS_H

#include <arpa/inet.h>

#include "socks.h"

struct fake_dns {
    struct weft_datagram endpoint;
    char servers[WEFT_ADDRESS_TEXT];
    int questions;
    struct weft_address last; /* who asked last */
};

enum { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28, DNS_NO_NAME = 3 };

/* A question's name with dots; gives where it ends. */
static inline size_t fake_dns_name(const unsigned char *query, size_t size,
                                   char *name, size_t room)
{
    size_t at = 12;
    size_t used = 0;

    while (at < size && query[at] != 0) {
        size_t length = query[at++];

        for (size_t i = 0; i < length && at < size; i++, at++) {
            if (used + 2 < room) {
                name[used++] = (char)query[at];
            }
        }
        name[used++] = '.';
    }
    name[used > 0 ? used - 1 : 0] = '\0';
    return at + 1;
}

static inline size_t fake_dns_put(unsigned char *answer, size_t size, int type,
                                  const void *data, size_t count)
{
    const unsigned char head[] = {0xc0, 12, 0, (unsigned char)type, 0, 1, 0, 0,
                                  0,    60, 0, (unsigned char)count};

    memcpy(answer + size, head, sizeof head);
    memcpy(answer + size + sizeof head, data, count);
    answer[7]++; /* one more */
    return size + sizeof head + count;
}

static inline size_t fake_dns_put_address(unsigned char *answer, size_t size,
                                          int type, int asked, const char *text)
{
    unsigned char bytes[16];

    if (type != asked) {
        return size;
    }
    inet_pton(type == DNS_A ? AF_INET : AF_INET6, text, bytes);
    return fake_dns_put(answer, size, type, bytes, type == DNS_A ? 4 : 16);
}

static inline void fake_dns_answer(struct weft_datagram *endpoint,
                                   const char *data, size_t size,
                                   const struct weft_address *from)
{
    struct fake_dns *dns = WEFT_OWNER(endpoint, struct fake_dns, endpoint);
    unsigned char answer[512];
    char name[256];
    size_t end;
    int type;

    dns->questions++;
    dns->last = *from;
    memset(answer, 0, sizeof answer);
    memcpy(answer, data, size < 400 ? size : 400);
    end = fake_dns_name(answer, size, name, sizeof name) + 4;
    type = answer[end - 3];
    answer[2] = 0x81; /* an answer, and recursion was asked for */
    answer[3] = 0x80;
    memset(answer + 6, 0, 6); /* no records but the question */
    if (strcmp(name, "silent.test") == 0) {
        return;
    } else if (strcmp(name, "four.test") == 0) {
        end = fake_dns_put_address(answer, end, DNS_A, type, "10.0.0.1");
        end = fake_dns_put_address(answer, end, DNS_A, type, "10.0.0.2");
    } else if (strcmp(name, "six.test") == 0) {
        end = fake_dns_put_address(answer, end, DNS_AAAA, type, "fd00::1");
    } else if (strcmp(name, "both.test") == 0) {
        end = fake_dns_put_address(answer, end, DNS_A, type, "10.0.0.3");
        end = fake_dns_put_address(answer, end, DNS_AAAA, type, "fd00::3");
    } else if (strcmp(name, "9.0.0.10.in-addr.arpa") == 0) {
        end = fake_dns_put(answer, end, DNS_PTR, "\4nine\4test", 11);
    } else if (strcmp(name, "empty.test") != 0) {
        answer[3] = 0x80 | DNS_NO_NAME;
    }
    CHECK_INT(weft_datagram_sendto(endpoint, answer, end, from), 0);
}

static const struct weft_datagram_protocol fake_dns_protocol = {
    .datagram_received = fake_dns_answer};

static inline void fake_dns_open(struct fake_dns *dns)
{
    struct weft_address own;
    int fd = socks_bind(AF_INET, SOCK_DGRAM, &own);

    memset(dns, 0, sizeof *dns);
    CHECK_INT(weft_datagram_open(&dns->endpoint, fd, &fake_dns_protocol), 0);
    weft_address_text(&own, dns->servers, sizeof dns->servers);
}

static inline void fake_dns_close(struct fake_dns *dns)
{
    weft_datagram_abort(&dns->endpoint);
}

#endif /* FAKE_DNS_H */
