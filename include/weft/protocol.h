/* protocol.h - what a transport calls when something happens to it.
 *
 * Python   asyncio.Protocol and asyncio.BufferedProtocol
 * Memory   one constant table of functions for all connections of a kind
 * Moving   yes
 * Errors   none of its own; connection_lost is given the connection's
 *
 *     struct echo {
 *         struct weft_transport transport;
 *         size_t count;
 *     };
 *
 *     static void send_back(struct weft_transport *transport,
 *                           const char *data, size_t size)
 *     {
 *         struct echo *echo = WEFT_OWNER(transport, struct echo, transport);
 *
 *         echo->count += size;
 *         weft_transport_write(transport, data, size);
 *     }
 *
 *     static const struct weft_protocol echo = {.data_received = send_back};
 *
 * Each function may be missing. connection_made comes first, then data as
 * often as there is any, then at most once the end, then connection_lost, which
 * comes once and last, always. All but pause_writing are called by the loop,
 * never out of a function of yours. None may wait: what has to, is a task's.
 */
#ifndef WEFT_PROTOCOL_H
#define WEFT_PROTOCOL_H

#include "weft/config.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_transport;

struct weft_protocol {
    /* In the turn after the opening. */
    void (*connection_made)(struct weft_transport *transport);

    /* Bytes have come, at least one. They are good during the call. */
    void (*data_received)(struct weft_transport *transport, const char *data,
                          size_t size);

    /* The peer will send no more. True keeps the connection open for writing,
     * where there are two directions; false, or no function, closes it. */
    bool (*eof_received)(struct weft_transport *transport);

    /* It is over: `error` is 0 when it was closed, by either side, and a
     * negative code when it broke. The transport is closed, and its memory
     * yours: free it here, or open it again. Its descriptor is still open
     * during the call. */
    void (*connection_lost)(struct weft_transport *transport, int error);

    /* More than `high` bytes are unsent: stop writing, if you can. Called
     * inside of the write. Then: at most `low` are left. */
    void (*pause_writing)(struct weft_transport *transport);
    void (*resume_writing)(struct weft_transport *transport);

    /* In place of data_received: where to put the next bytes, and how many fit,
     * at least one; `hint` is a good size. And then, how many came. No copy is
     * made, and nothing else is called in between. */
    char *(*get_buffer)(struct weft_transport *transport, size_t hint,
                        size_t *size);
    void (*buffer_updated)(struct weft_transport *transport, size_t size);
};

#ifdef __cplusplus
}
#endif

#endif /* WEFT_PROTOCOL_H */
