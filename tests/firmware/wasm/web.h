/* web.h - what a program for the web may use, beside weft.
 *
 *     EXPORT("click") void on_click(void);      for the host to call, between
 *                                               turns; wake() it afterwards
 *
 * main() starts tasks, and returns: the host goes on with them. The loop is
 * open already. ASYNC_RUN_SIM works as ever: its clock jumps and never waits.
 */
#ifndef WEB_H
#define WEB_H

#include <weft.h>

#define EXPORT(name) __attribute__((export_name(name)))

/* Of the hosted layers, which are not here. */
int weft_run_sim_(struct weft_async (*resume)(struct weft_frame *),
                  struct weft_frame *frame);

#endif /* WEB_H */
