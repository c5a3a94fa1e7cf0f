/* dns_fanout.c - many names looked up at once, without threads.
 *
 * So that it can run anywhere, it asks a name server of its own, which knows
 * that every hostN.test has the address 10.0.0.N, and answers the last one
 * first.
 */
#define WEFT_WITH_CARES
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <weft.h>

enum { NAMES = 5 };

/* ---- The name server ---- */

struct question {
    unsigned char packet[128];
    size_t size;
    struct weft_address from;
};

struct name_server {
    struct weft_datagram endpoint;
    struct question questions[NAMES];
    int count;
};

/* The packet again, said to be an answer, and one address behind it. */
static void answer(struct name_server *server, struct question *question)
{
    unsigned char number = question->packet[17]; /* of "hostN" */
    const unsigned char record[] = {
        0xc0, 12, 0, 1, 0,  1, 0, 0,
        0,    60, 0, 4, 10, 0, 0, (unsigned char)(number - '0')};

    question->packet[2] |= 0x80;
    question->packet[7] = 1;
    memcpy(question->packet + question->size, record, sizeof record);
    weft_datagram_sendto(&server->endpoint, question->packet,
                         question->size + sizeof record, &question->from);
}

static void collect(struct weft_datagram *endpoint, const char *data,
                    size_t size, const struct weft_address *from)
{
    struct name_server *server =
        WEFT_OWNER(endpoint, struct name_server, endpoint);
    struct question *question = &server->questions[server->count++];

    memcpy(question->packet, data, size);
    question->size = size;
    question->from = *from;
    printf("%d asked\n", server->count);
    while (server->count == NAMES && question >= server->questions) {
        answer(server, question--);
    }
}

static const struct weft_datagram_protocol collecting = {.datagram_received =
                                                             collect};

/* ---- Who asks ---- */

struct look_up {
    struct weft_frame frame;
    int number;
    char name[32];
    struct weft_lookup lookup;
};

static async look_up(struct weft_frame *frame)
{
    struct weft_address address;
    char text[WEFT_ADDRESS_TEXT];

    ASYNC_BEGIN(look_up);
    snprintf(self->name, sizeof self->name, "host%d.test", self->number);
    self->lookup.family = AF_INET;
    AWAIT(weft_getaddrinfo(&self->lookup, self->name, "80"));
    weft_address_copy(&address, self->lookup.addresses->ai_addr,
                      self->lookup.addresses->ai_addrlen);
    printf("%s is %s\n", self->name,
           weft_address_text(&address, text, sizeof text));
    ASYNC_FINALLY
    weft_lookup_close(&self->lookup);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_create_datagram_endpoint create;
    struct name_server server;
    struct weft_address address;
    char servers[WEFT_ADDRESS_TEXT];
    struct weft_cares cares;
    struct weft_join jobs[NAMES];
};

static async program(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(program);
    AWAIT(CALL(&self->create, weft_create_datagram_endpoint,
               .endpoint = &self->server.endpoint, .protocol = &collecting,
               .local_host = "127.0.0.1", .local_port = "0"));
    weft_address_of_socket(&self->address, self->server.endpoint.fd);
    weft_address_text(&self->address, self->servers, sizeof self->servers);

    self->cares.servers = self->servers; /* without this: the system's */
    self->cares.lookups = "b";
    status = weft_cares_open(&self->cares, weft_loop_current());
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    for (int i = 0; i < NAMES; i++) {
        self->jobs[i].task = SPAWN(look_up, .number = i + 1);
    }
    AWAIT(weft_gather(self->jobs, NAMES, 0));
    ASYNC_FINALLY
    weft_cares_close(&self->cares);
    for (int i = 0; i < NAMES; i++) {
        weft_task_release(self->jobs[i].task);
    }
    weft_datagram_abort(&self->server.endpoint);
    AWAIT(weft_sleep(0)); /* until it is closed */
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
