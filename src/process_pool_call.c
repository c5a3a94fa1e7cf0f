/* process_pool_call.c - a request to a worker process, and its reply. */
#include "weft/process_pool.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/io.h"

/* What goes through the worker's socket, in this order. */
enum { SEND_HEAD, SEND_REQUEST, RECEIVE_TAIL, RECEIVE_REPLY, CALL_PHASES };

static char *bytes_of_call_phase(struct weft_process_call *call, size_t *size)
{
    char *bytes;

    switch (call->phase) {
    case SEND_HEAD:
        *size = sizeof call->head;
        return (char *)&call->head;
    case SEND_REQUEST: /* it is only read */
        *size = call->request_size;
        memcpy(&bytes, &call->request, sizeof bytes);
        return bytes;
    case RECEIVE_TAIL:
        *size = sizeof call->tail;
        return (char *)&call->tail;
    default:
        *size = call->tail.reply_size;
        return call->reply;
    }
}

static ssize_t move_call_bytes_once(const struct weft_process_call *call,
                                    char *bytes, size_t size)
{
    return call->phase <= SEND_REQUEST
               ? send(call->worker.fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT)
               : recv(call->worker.fd, bytes, size, MSG_DONTWAIT);
}

/* 0 when all bytes of the phase went through, -EAGAIN, or WEFT_ECRASHED when
 * there is nobody at the other end. */
static int move_call_bytes(struct weft_process_call *call)
{
    size_t size;
    char *bytes = bytes_of_call_phase(call, &size);

    while (call->done < size) {
        ssize_t count =
            move_call_bytes_once(call, bytes + call->done, size - call->done);

        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return -EAGAIN;
        }
        if (count == 0 || (count < 0 && errno != EINTR)) {
            return WEFT_ECRASHED;
        }
        call->done += count > 0 ? (size_t)count : 0;
    }
    call->done = 0;
    return 0;
}

static struct weft_op wait_for_call_worker(const struct weft_process_call *call)
{
    return call->phase <= SEND_REQUEST ? weft_wait_writable(call->worker.fd)
                                       : weft_wait_readable(call->worker.fd);
}

static int prepare_process_call(struct weft_process_call *call)
{
    if (!call->pool->is_open) {
        return WEFT_ECLOSED;
    }
    if (call->function == NULL ||
        (call->request == NULL && call->request_size > 0) ||
        (call->reply == NULL && call->reply_limit > 0)) {
        return WEFT_EINVAL;
    }
    memset(&call->head, 0, sizeof call->head);
    call->head.function = call->function;
    call->head.request_size = call->request_size;
    call->head.reply_limit = call->reply_limit;
    return 0;
}

static void end_process_call(struct weft_process_call *call, int outcome)
{
    struct weft_process_pool *pool = call->pool;

    if (call->has_worker && call->is_over) {
        pool->idle[pool->idle_count++] = call->worker;
    } else if (call->has_worker) {
        weft_process_pool_dismiss_(pool, call->worker);
        pool->crashed += outcome == WEFT_ECRASHED;
    }
    if (call->has_place) {
        weft_semaphore_release(&pool->places);
    }
}

struct weft_async weft_process_call(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(weft_process_call);
    status = prepare_process_call(self);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    ASYNC_AWAIT(weft_semaphore_acquire(&self->pool->places));
    self->has_place = true;
    if (!weft_process_pool_take_(self->pool, &self->worker)) {
        ASYNC_AWAIT(
            ASYNC_CALL(&self->hire, weft_process_hire_, .pool = self->pool));
        self->worker = self->hire.worker;
    }
    self->has_worker = true;
    for (; self->phase < CALL_PHASES; self->phase++) {
        while ((status = move_call_bytes(self)) == -EAGAIN) {
            ASYNC_AWAIT(wait_for_call_worker(self));
        }
        if (status < 0) {
            ASYNC_RAISE(status);
        }
    }
    self->is_over = true;
    self->reply_size = self->tail.reply_size;
    self->result = self->tail.result;
    if (self->result < 0) {
        ASYNC_RAISE(self->result);
    }
    ASYNC_FINALLY
    end_process_call(self, frame->outcome);
    ASYNC_END;
}
