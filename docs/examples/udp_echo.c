/* udp_echo.c - a service that sends back what it gets, and its client. */
#include <stdio.h>
#include <weft.h>

struct party {
    struct weft_datagram endpoint;
    struct weft_event closed;
};

static void send_back(struct weft_datagram *endpoint, const char *data,
                      size_t size, const struct weft_address *from)
{
    printf("the service got \"%.*s\"\n", (int)size, data);
    weft_datagram_sendto(endpoint, data, size, from);
}

static void hang_up(struct weft_datagram *endpoint, const char *data,
                    size_t size, const struct weft_address *from)
{
    (void)from;
    printf("the client got \"%.*s\"\n", (int)size, data);
    weft_datagram_close(endpoint);
}

static void tell(struct weft_datagram *endpoint, int error)
{
    (void)error;
    weft_event_set(&WEFT_OWNER(endpoint, struct party, endpoint)->closed);
}

static const struct weft_datagram_protocol service = {
    .datagram_received = send_back, .connection_lost = tell};
static const struct weft_datagram_protocol client = {
    .datagram_received = hang_up, .connection_lost = tell};

struct program {
    struct weft_frame frame;
    struct weft_create_datagram_endpoint create;
    struct party service, client;
    struct weft_address address;
    char port[8];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    AWAIT(CALL(&self->create, weft_create_datagram_endpoint,
               .endpoint = &self->service.endpoint, .protocol = &service,
               .local_host = "127.0.0.1", .local_port = "0"));
    weft_address_of_socket(&self->address, self->service.endpoint.fd);
    snprintf(self->port, sizeof self->port, "%d",
             weft_address_port(&self->address));
    AWAIT(CALL(&self->create, weft_create_datagram_endpoint,
               .endpoint = &self->client.endpoint, .protocol = &client,
               .remote_host = "127.0.0.1", .remote_port = self->port));
    weft_datagram_sendto(&self->client.endpoint, "hello", 5, NULL);
    AWAIT(weft_event_wait(&self->client.closed));
    ASYNC_FINALLY
    weft_datagram_abort(&self->client.endpoint);
    if (!weft_datagram_is_closed(&self->service.endpoint)) {
        weft_datagram_close(&self->service.endpoint);
        AWAIT(weft_event_wait(&self->service.closed));
    }
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
