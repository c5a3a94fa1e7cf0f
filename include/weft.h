/* weft.h - asyncio for C. Include this one.
 *
 *     cc -I weft/include app.c -lev
 *
 * with `#define WEFT_IMPLEMENTATION` before the include in exactly one file;
 * or link libweft. What you may define before is in weft/config.h.
 */
#if defined(WEFT_IMPLEMENTATION) && !defined(_DEFAULT_SOURCE) && \
    !defined(WEFT_FREESTANDING) && !defined(WEFT_NO_POSIX)
#define _DEFAULT_SOURCE /* POSIX, also under -std=c11; NOLINT */
#endif

#ifndef WEFT_H
#define WEFT_H

/* 0 - freestanding ground */
#include "weft/config.h"
#include "weft/error.h"
#include "weft/heap.h"
#include "weft/heapq.h"
#include "weft/list.h"
#include "weft/time.h"
#include "weft/trap.h"

/* 1 - when to run it */
#include "weft/allocator.h"
#include "weft/bare.h"
#include "weft/driver.h"
#include "weft/handle.h"
#include "weft/loop.h"
#include "weft/sim.h"
#include "weft/timer.h"

/* 2 - who waits for what */
#include "weft/frame.h"
#include "weft/future.h"
#include "weft/park.h"
#include "weft/step.h"
#include "weft/task.h"
#include "weft/var.h"

/* 3 - one concept each */
#include "weft/barrier.h"
#include "weft/broadcast.h"
#include "weft/condition.h"
#include "weft/context.h"
#include "weft/event.h"
#include "weft/generator.h"
#include "weft/interrupt.h"
#include "weft/lock.h"
#include "weft/oneshot.h"
#include "weft/queue.h"
#include "weft/semaphore.h"
#include "weft/sleep.h"
#include "weft/watch.h"

/* 4 - combining tasks */
#include "weft/as_completed.h"
#include "weft/asyncgen.h"
#include "weft/gather.h"
#include "weft/group.h"
#include "weft/join.h"
#include "weft/run.h"
#include "weft/select.h"
#include "weft/shield.h"
#include "weft/staggered.h"
#include "weft/started.h"
#include "weft/timeout.h"
#include "weft/wait.h"
#include "weft/wait_for.h"

/* the outside world */
#if !defined(WEFT_FREESTANDING)
#include "weft/debug.h"
#include "weft/dump.h"
#include "weft/pool.h"
#include "weft/report.h"
#include "weft/runner.h"
#if !defined(WEFT_NO_POSIX)
#include "weft/address.h"
#include "weft/buffer.h"
#include "weft/communicate.h"
#include "weft/concurrent.h"
#include "weft/connect.h"
#include "weft/datagram.h"
#include "weft/dial.h"
#include "weft/executor.h"
#include "weft/file.h"
#include "weft/io.h"
#include "weft/process.h"
#include "weft/process_pool.h"
#include "weft/protocol.h"
#include "weft/remote.h"
#include "weft/resolve.h"
#include "weft/scandir.h"
#include "weft/sendfile.h"
#include "weft/server.h"
#include "weft/shutdown.h"
#include "weft/signal.h"
#include "weft/sock.h"
#include "weft/stream.h"
#include "weft/stream_lines.h"
#include "weft/thread_queue.h"
#include "weft/transport.h"
#include "weft/unix.h"
#include "weft/wire.h"
#if !defined(WEFT_NO_EV)
#include "weft/ev.h"
#include "weft/workers.h"
#endif
#if defined(WEFT_WITH_CARES)
#include "weft/cares.h"
#endif
#if defined(WEFT_WITH_TLS)
#include "weft/tls.h"
#include "weft/tls_context.h"
#endif
#endif
#endif

/* the language: coroutines are written in C */
#if !defined(__cplusplus)
#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "../macros/weft/iterate.h"
#endif

#endif /* WEFT_H */

#if defined(WEFT_IMPLEMENTATION) && defined(__cplusplus)
#error "weft is C: define WEFT_IMPLEMENTATION in a C file"
#elif defined(WEFT_IMPLEMENTATION) && !defined(WEFT_IMPLEMENTED)
#define WEFT_IMPLEMENTED
#include "../src/error.c"
#include "../src/frame.c"
#include "../src/handle.c"
#include "../src/heap.c"
#include "../src/heapq.c"
#include "../src/trap.c"

#if defined(WEFT_FREESTANDING) || defined(WEFT_BARE)
#include "../src/bare.c"
#endif
#include "../src/loop.c"
#include "../src/loop_inbox.c"
#include "../src/sim.c"
#include "../src/timer.c"

#include "../src/future.c"
#include "../src/park.c"
#include "../src/step.c"
#include "../src/task.c"
#include "../src/var.c"

#include "../src/barrier.c"
#include "../src/broadcast.c"
#include "../src/condition.c"
#include "../src/event.c"
#include "../src/generator.c"
#if defined(WEFT_FREESTANDING) || defined(WEFT_BARE)
#include "../src/interrupt.c"
#endif
#include "../src/lock.c"
#include "../src/oneshot.c"
#include "../src/queue.c"
#include "../src/semaphore.c"
#include "../src/sleep.c"
#include "../src/watch.c"

#include "../src/as_completed.c"
#include "../src/asyncgen.c"
#include "../src/gather.c"
#include "../src/group.c"
#include "../src/join.c"
#include "../src/run.c"
#include "../src/select.c"
#include "../src/shield.c"
#include "../src/staggered.c"
#include "../src/started.c"
#include "../src/timeout.c"
#include "../src/wait.c"
#include "../src/wait_for.c"

#if !defined(WEFT_FREESTANDING)
#include "../src/debug.c"
#include "../src/dump.c"
#include "../src/pool.c"
#include "../src/report.c"
#include "../src/runner.c"
#if !defined(WEFT_NO_POSIX)
#include "../src/address.c"
#include "../src/buffer.c"
#include "../src/communicate.c"
#include "../src/concurrent.c"
#include "../src/concurrent_wait.c"
#include "../src/connect.c"
#include "../src/datagram.c"
#include "../src/datagram_open.c"
#include "../src/datagram_send.c"
#include "../src/dial.c"
#include "../src/dial_failures.c"
#include "../src/executor.c"
#include "../src/executor_default.c"
#include "../src/executor_job.c"
#include "../src/file.c"
#include "../src/file_lines.c"
#include "../src/io.c"
#include "../src/process.c"
#include "../src/process_pool.c"
#include "../src/process_pool_call.c"
#include "../src/process_pool_server.c"
#include "../src/process_spawn.c"
#include "../src/process_watch.c"
#include "../src/remote.c"
#include "../src/resolve.c"
#include "../src/resolve_thread.c"
#include "../src/scandir.c"
#include "../src/sendfile.c"
#include "../src/sendfile_transport.c"
#include "../src/server.c"
#include "../src/server_client.c"
#include "../src/server_end.c"
#include "../src/server_listen.c"
#include "../src/shutdown.c"
#include "../src/signal.c"
#include "../src/sock.c"
#include "../src/stream.c"
#include "../src/stream_lines.c"
#include "../src/stream_peek.c"
#include "../src/stream_read.c"
#include "../src/stream_until.c"
#include "../src/stream_write.c"
#include "../src/thread_queue.c"
#include "../src/thread_queue_wait.c"
#include "../src/transport.c"
#include "../src/transport_pipe.c"
#include "../src/transport_read.c"
#include "../src/transport_write.c"
#include "../src/unix.c"
#if !defined(WEFT_NO_EV)
#include "../src/ev.c"
#include "../src/ev_guest.c"
#include "../src/runner_ev.c"
#include "../src/workers.c"
#endif
#if defined(WEFT_WITH_CARES)
#include "../src/cares.c"
#include "../src/cares_lookup.c"
#endif
#if defined(WEFT_WITH_TLS)
#include "../src/tls.c"
#include "../src/tls_below.c"
#include "../src/tls_close.c"
#include "../src/tls_connect.c"
#include "../src/tls_context.c"
#include "../src/tls_handshake.c"
#include "../src/tls_server.c"
#include "../src/tls_wire.c"
#endif
#endif
#endif
#endif
