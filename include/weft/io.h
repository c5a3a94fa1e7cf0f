/* io.h - descriptors: callbacks and waits for being ready.
 *
 * Python   loop.add_reader, remove_reader, add_writer, remove_writer
 * Memory   a handle of the caller's a callback; none for the waits
 * Moving   a handle not while its descriptor is watched
 * Errors   -ENOTSUP from a driver without descriptors, -EBADF, WEFT_ENOMEM,
 *          WEFT_EALREADY for a handle in use, WEFT_EBUSY where somebody else
 *          is watching
 *
 *     weft_add_reader(&loop, fd, &self->handle, on_readable, self);
 *     ...
 *     weft_remove_reader(&loop, fd);            before close(fd)
 *
 *     AWAIT(weft_wait_readable(fd));            in a task
 *
 * Level-triggered: a callback comes again each turn in which the kernel is
 * polled and the descriptor is ready.
 */
#ifndef WEFT_IO_H
#define WEFT_IO_H

#include "weft/loop.h"
#include "weft/park.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Call callback(arg) whenever the descriptor is ready. Takes the place of a
 * callback that was there, which will not run any more; WEFT_EBUSY where a
 * task waits, and for the descriptor of a stream or a transport. */
int weft_add_reader(struct weft_loop *loop, int fd, struct weft_handle *handle,
                    void (*callback)(void *arg), void *arg);
int weft_add_writer(struct weft_loop *loop, int fd, struct weft_handle *handle,
                    void (*callback)(void *arg), void *arg);

/* True if there was one. It will not run any more. */
bool weft_remove_reader(struct weft_loop *loop, int fd);
bool weft_remove_writer(struct weft_loop *loop, int fd);

/* Under AWAIT: until the descriptor is ready. Nothing is read or written, so a
 * cancelled wait loses nothing. WEFT_EBUSY if it is watched already. */
struct weft_op weft_wait_readable(int fd) WEFT_MUST_AWAIT_;
struct weft_op weft_wait_writable(int fd) WEFT_MUST_AWAIT_;

/* Between files: the driver's watch, -ENOTSUP, or WEFT_EBUSY if another entry
 * is watching; and its end, if this entry is watching. */
int weft_loop_watch_(struct weft_loop *loop, int fd,
                     enum weft_direction direction, struct weft_entry *entry);
void weft_loop_unwatch_(struct weft_loop *loop, int fd,
                        enum weft_direction direction,
                        struct weft_entry *entry);

/* A descriptor of weft's own: not for children, and it never blocks. 0 or
 * -errno. */
int weft_fd_prepare_(int fd);

/* From here on the descriptor is for no callbacks: false if it is somebody's
 * already. And: for any again. It guards against mistakes, and so may do nothing
 * for want of memory. */
bool weft_loop_own_(struct weft_loop *loop, int fd);
void weft_loop_disown_(struct weft_loop *loop, int fd);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_IO_H */
