/* test_address.c - socket addresses, from texts and to texts. */
#include <sys/un.h>

#include "real.h"

static struct weft_address address;

static const char *text_of(const struct weft_address *one)
{
    static char text[WEFT_ADDRESS_TEXT];

    return weft_address_text(one, text, sizeof text);
}

static char *path_in(struct weft_address *one)
{
    return one->room.bytes + offsetof(struct sockaddr_un, sun_path);
}

static void numbers_become_addresses_and_texts_again(void)
{
    CHECK_INT(weft_address_set(&address, "127.0.0.1", 53), 0);
    CHECK_INT(weft_address_family(&address), AF_INET);
    CHECK_INT(address.size, sizeof(struct sockaddr_in));
    CHECK_INT(weft_address_port(&address), 53);
    CHECK_STR(text_of(&address), "127.0.0.1:53");
    CHECK_INT(weft_address_set(&address, "::1", 65535), 0);
    CHECK_INT(weft_address_family(&address), AF_INET6);
    CHECK_INT(address.size, sizeof(struct sockaddr_in6));
    CHECK_STR(text_of(&address), "[::1]:65535");
    CHECK_INT(weft_address_set(&address, "0.0.0.0", 0), 0);
    CHECK_STR(text_of(&address), "0.0.0.0:0");
}

static void an_ipv6_address_may_have_a_scope(void)
{
    CHECK_INT(weft_address_set(&address, "fe80::1%1", 80), 0);
    CHECK_STR(text_of(&address), "[fe80::1%1]:80");
}

static void bad_numbers_are_errors(void)
{
    CHECK_INT(weft_address_set(&address, "localhost", 80), WEFT_ENAME);
    CHECK_INT(address.size, 0);
    CHECK_INT(weft_address_set(&address, "300.0.0.1", 80), WEFT_ENAME);
    CHECK_INT(weft_address_set(&address, "", 80), WEFT_ENAME);
    CHECK_INT(weft_address_set(&address, NULL, 80), WEFT_EINVAL);
    CHECK_INT(weft_address_set(&address, "127.0.0.1", -1), WEFT_EINVAL);
    CHECK_INT(weft_address_set(&address, "127.0.0.1", 65536), WEFT_EINVAL);
    CHECK_STR(text_of(&address), "");
}

static void paths_become_addresses(void)
{
    char path[200];

    CHECK_INT(weft_address_set_path(&address, "/run/x.sock"), 0);
    CHECK_INT(weft_address_family(&address), AF_UNIX);
    CHECK_STR(path_in(&address), "/run/x.sock");
    CHECK_STR(text_of(&address), "/run/x.sock");
    CHECK_INT(weft_address_port(&address), 0);
    CHECK_INT(weft_address_set_path(&address, "@weft"), 0);
    CHECK_INT(path_in(&address)[0], 0);
    CHECK_INT(address.size, offsetof(struct sockaddr_un, sun_path) + 5);
    CHECK_STR(text_of(&address), "@weft");
    CHECK_INT(weft_address_set_path(&address, ""), WEFT_EINVAL);
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    CHECK_INT(weft_address_set_path(&address, path), WEFT_ELIMIT);
    CHECK_INT(address.size, 0);
    path[sizeof((struct sockaddr_un *)0)->sun_path] = '\0';
    CHECK_INT(weft_address_set_path(&address, path), WEFT_ELIMIT);
    path[sizeof((struct sockaddr_un *)0)->sun_path - 1] =
        '\0'; /* the longest */
    CHECK_INT(weft_address_set_path(&address, path), 0);
    CHECK_STR(text_of(&address), path);
    *strchr(path_in(&address), '\0') = 'x'; /* as the system may give it */
    CHECK_INT(strlen(text_of(&address)), strlen(path) + 1);
}

static void a_text_is_cut_to_its_room(void)
{
    char text[8] = "#######";

    CHECK_INT(weft_address_set(&address, "127.0.0.1", 53), 0);
    CHECK_STR(weft_address_text(&address, text, 0), "#######");
    CHECK_STR(weft_address_text(&address, text, 1), "");
    CHECK_STR(weft_address_text(&address, text, sizeof text), "127.0.0");
}

static void the_systems_addresses_are_copied(void)
{
    struct weft_address copy;
    char big[sizeof address.room + 1] = "";

    CHECK_INT(weft_address_set(&address, "127.0.0.1", 53), 0);
    CHECK_INT(weft_address_copy(&copy, WEFT_SOCKADDR(&address), address.size),
              0);
    CHECK(weft_address_equal(&copy, &address));
    CHECK_INT(
        weft_address_copy(&copy, (struct sockaddr *)(void *)big, sizeof big),
        WEFT_EINVAL);
    CHECK_INT(copy.size, 0);
    CHECK_INT(weft_address_copy(&copy, NULL, 0), 0);
    CHECK_INT(weft_address_family(&copy), AF_UNSPEC);
    CHECK_STR(text_of(&copy), "");
}

static bool equal_to(const char *host, int port)
{
    struct weft_address other;

    weft_address_set(&other, host, port);
    return weft_address_equal(&address, &other) &&
           weft_address_equal(&other, &address);
}

static void equal_is_host_port_and_scope(void)
{
    struct weft_address other = {0};

    weft_address_set(&address, "127.0.0.1", 53);
    CHECK(equal_to("127.0.0.1", 53));
    CHECK(!equal_to("127.0.0.1", 54));
    CHECK(!equal_to("127.0.0.2", 53));
    CHECK(!equal_to("::1", 53));
    CHECK(!weft_address_equal(&address, &other));
    weft_address_set(&address, "fe80::1%1", 53);
    CHECK(equal_to("fe80::1%1", 53));
    CHECK(!equal_to("fe80::1%2", 53));
    CHECK(!equal_to("fe80::2%1", 53));
    weft_address_set_path(&address, "/a");
    CHECK(!weft_address_equal(&address, &other));
    weft_address_set_path(&other, "/b");
    CHECK(!weft_address_equal(&address, &other));
    weft_address_set_path(&other, "/a");
    CHECK(weft_address_equal(&address, &other));
    memset(&address, 0, sizeof address);
    memset(&other, 0, sizeof other);
    CHECK(weft_address_equal(&address, &other));
}

static void a_socket_knows_its_own_and_its_peers(void)
{
    struct weft_address own;
    int fds[2];

    real_tcp_pair(fds);
    CHECK_INT(weft_address_of_socket(&own, fds[0]), 0);
    CHECK_INT(weft_address_of_peer(&address, fds[1]), 0);
    CHECK(weft_address_equal(&own, &address));
    CHECK(weft_address_port(&own) > 0);
    real_close_pair(fds);
    CHECK_INT(weft_address_of_socket(&own, -1), -EBADF);
    CHECK_INT(own.size, 0);
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(weft_address_of_peer(&own, fds[0]), -ENOTCONN);
    close(fds[0]);
}

#define TESTS(X)                                \
    X(numbers_become_addresses_and_texts_again) \
    X(an_ipv6_address_may_have_a_scope)         \
    X(bad_numbers_are_errors)                   \
    X(paths_become_addresses)                   \
    X(a_text_is_cut_to_its_room)                \
    X(the_systems_addresses_are_copied)         \
    X(equal_is_host_port_and_scope)             \
    X(a_socket_knows_its_own_and_its_peers)
TEST_MAIN(TESTS)
