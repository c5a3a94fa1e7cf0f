/* shield.h - wait for a task without taking it down with you.
 *
 * Python   asyncio.shield
 * Memory   none
 * Errors   the task's own; WEFT_ENOMEM for NULL, as SPAWN gives;
 *          WEFT_EDEADLOCK when a task awaits itself
 *
 *     self->save = SPAWN(save_file);
 *     AWAIT(weft_shield(self->save));           the saving goes on anyway
 */
#ifndef WEFT_SHIELD_H
#define WEFT_SHIELD_H

#include "weft/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Under AWAIT: until the task is done; raises its error. Does not yield when
 * it is done already. A cancellation ends the wait, and not the task. */
struct weft_op weft_shield(struct weft_task *task) WEFT_MUST_AWAIT_;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_SHIELD_H */
