/* server_end.c - closing a server, and its connections. */
#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/server.h"

/* Seconds that those have who were cancelled or closed by a shutdown. */
enum { SERVER_LAST = 1 };

/* ---- Who is there ---- */

/* None of these changes a list before the next turn. */
static void each_connection(struct weft_server *server,
                            void (*end)(struct weft_transport *transport))
{
    struct weft_list *list = &server->connections.transports;
    struct weft_node *node = weft_list_first(list);

    while (node != NULL) {
        struct weft_node *next = weft_list_next(list, node);

        end(WEFT_OWNER(node, struct weft_transport, node));
        node = next;
    }
}

static void wake_server_waiters(struct weft_list *waiters)
{
    while (weft_task_wake_first_(waiters)) {
    }
}

static void sweep_server(void *arg);

/* Without a place for the timer: the next client sees to it. */
static void set_server_sweep(struct weft_server *server)
{
    if (server->sweep_delay < WEFT_FOREVER &&
        !weft_timer_is_set(&server->sweep)) {
        (void)weft_call_later_ticks(weft_loop_current_, &server->sweep,
                                    server->sweep_delay, sweep_server, server);
    }
}

static void sweep_server(void *arg)
{
    struct weft_server *server = arg;

    set_server_sweep(server);
    weft_server_sweep_streams_(server);
    each_connection(server, weft_transport_sweep_);
}

void weft_server_count_client_(struct weft_server *server)
{
    server->client_count++;
    set_server_sweep(server);
}

static void wake_server_closers(struct weft_server *server)
{
    if (server->acceptor_count == 0 && server->client_count == 0) {
        wake_server_waiters(&server->closers);
    }
}

void weft_server_forget_client_(struct weft_server *server)
{
    server->client_count--;
    if (server->client_count == 0) {
        weft_timer_cancel(&server->sweep);
    }
    wake_server_waiters(&server->crowded);
    wake_server_closers(server);
}

void weft_server_forget_connection_(struct weft_roster_ *roster)
{
    weft_server_forget_client_(
        WEFT_OWNER(roster, struct weft_server, connections));
}

void weft_server_forget_acceptor_(struct weft_server *server)
{
    server->acceptor_count--;
    wake_server_closers(server);
}

/* ---- The end ---- */

void weft_server_close(struct weft_server *server)
{
    weft_server_drop_socks_(server);
    for (size_t i = 0; i < WEFT_SERVER_SOCKETS; i++) {
        struct weft_acceptor *acceptor = &server->acceptors[i];

        if (acceptor->server != NULL && !weft_task_done(&acceptor->task)) {
            weft_server_remove_file_(server, acceptor->fd);
            weft_task_cancel(&acceptor->task);
        }
    }
}

void weft_server_close_clients(struct weft_server *server)
{
    weft_server_cancel_clients_(server);
    each_connection(server, weft_transport_close);
}

void weft_server_abort_clients(struct weft_server *server)
{
    weft_server_abort_streams_(server);
    each_connection(server, weft_transport_abort);
}

static const struct weft_wait_kind server_closed_wait = {
    {weft_task_run_, "server wait_closed", weft_task_itself_},
    NULL,
    weft_task_withdraw_};

struct weft_op weft_server_wait_closed(struct weft_server *server)
{
    if (server->acceptor_count == 0 && server->client_count == 0) {
        return weft_op_(0);
    }
    return weft_task_park_(&server_closed_wait, &server->closers, server, NULL);
}

struct weft_async weft_serve_forever(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_serve_forever);
    if (!weft_server_is_serving(self->server)) {
        ASYNC_RAISE(WEFT_ECLOSED);
    }
    ASYNC_AWAIT(weft_server_wait_closed(self->server));
    ASYNC_FINALLY
    if (frame->outcome == WEFT_ECANCELLED) {
        weft_server_close(self->server);
        weft_server_close_clients(self->server);
        ASYNC_AWAIT(weft_server_wait_closed(self->server));
    }
    ASYNC_END;
}

struct weft_async weft_server_shutdown(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_server_shutdown);
    if (!(self->seconds >= 0)) { /* or not a number */
        ASYNC_RAISE(WEFT_EINVAL);
    }
    weft_server_close(self->server);
    self->server->is_shutting_down = true;
    weft_server_end_idle_(self->server);
    ASYNC_TRY {
        ASYNC_AWAIT(weft_wait_for(&self->limit,
                                  weft_server_wait_closed(self->server),
                                  self->seconds));
    }
    ASYNC_CATCH(self->error) {
        self->result = (int)self->server->client_count;
    }
    weft_server_close_clients(self->server);
    ASYNC_TRY {
        ASYNC_AWAIT(weft_wait_for(
            &self->limit, weft_server_wait_closed(self->server), SERVER_LAST));
    }
    ASYNC_CATCH(self->error) {
        weft_server_abort_clients(self->server);
    }
    ASYNC_AWAIT(weft_server_wait_closed(self->server));
    ASYNC_FINALLY
    if (frame->outcome == WEFT_ECANCELLED) {
        weft_server_close_clients(self->server);
        weft_server_abort_clients(self->server);
        ASYNC_AWAIT(weft_server_wait_closed(self->server));
    }
    ASYNC_END;
}
