/* frame.c - questions to a frame, and the traps behind ASYNC_BEGIN. */
#include "weft/frame.h"

#include "weft/trap.h"

/* Where weft_frame_site waits for the answer of a coroutine's switch. */
static WEFT_THREAD_LOCAL_ struct weft_site site_asked_for;

int weft_frame_line(const struct weft_frame *frame)
{
    int line = frame->state < 0 ? -frame->state : frame->state;

    if (line >= WEFT_SLOT_) {
        line -= WEFT_SLOT_; /* slots are 0 and 1: no need to divide */
    }
    return line > WEFT_START_ ? line : 0;
}

/* The function knows its name, and the frame knows the function. Call it with
 * a state that its switch does not have: weft_frame_odd_ gets the site. */
struct weft_site weft_frame_site(struct weft_frame *frame)
{
    int state = frame->state;

    site_asked_for.name = site_asked_for.file = "?";
    if (frame->resume != NULL) {
        frame->state = WEFT_QUERY_;
        (void)frame->resume(frame);
        frame->state = state;
    }
    return site_asked_for;
}

struct weft_async weft_frame_odd_(struct weft_frame *frame,
                                  const struct weft_site *site)
{
    struct weft_async done = {WEFT_DONE_};

    if (frame->state == WEFT_QUERY_) {
        site_asked_for = *site;
        return done;
    }
    weft_trap_(frame->state < 0 ? "resumed after its end"
               : frame->state == 0
                   ? "resumed, but never called"
                   : "resumed at a line that is no await of this function; "
                     "is it inside a switch? Or is a CATCH missing?",
               site->name, site->file, weft_frame_line(frame));
    return done;
}

void weft_frame_idle_(const struct weft_frame *frame, const char *name,
                      const char *file, int line)
{
    if (weft_frame_is_running(frame)) {
        weft_trap_("the generator in this slot is still running", name, file,
                   line);
    }
}
