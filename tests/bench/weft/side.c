/* side.c - the workloads in weft, as a side. */
#include "ours.h"

const struct side weft_side = {.name = "weft",
                               .slower = 1,
                               .yield = weft_run_yield,
                               .spawn = weft_run_spawn,
                               .start = weft_run_start,
                               .gather = weft_run_gather,
                               .queue = weft_run_queue,
                               .lock = weft_run_lock,
                               .guard = weft_run_guard,
                               .nested = weft_run_nested,
                               .echo = weft_run_echo,
                               .echo_stream = weft_run_echo_stream,
                               .lines = weft_run_lines,
                               .sleep = weft_run_sleep,
                               .timers = weft_run_timers,
                               .serve = weft_run_serve};
