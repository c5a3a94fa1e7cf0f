/* run.c - play scenarios on weft, and write down what happens.
 *
 *     run [FILE]
 *
 * reads scenarios and writes them again, each with what happened behind it,
 * one line for each event, as oracle.py writes it for CPython:
 *
 *     == NAME
 *     task t0
 *         sleep 1
 *     --
 *     0 t0 begins
 *     ...
 */
#include "blocks.h"
#include "loops.h"
#include "play.h"
#include "scenario.h"
#include "task_verbs.h"
#include "verbs.h"

enum { ROUNDS = 9 }; /* of cancelling everything, when all are stuck */

static const struct verb verbs[] = {
    {"sleep", do_sleep, NULL, false},
    {"log", do_log, NULL, false},
    {"raise", do_raise, NULL, false},
    {"reraise", do_reraise, NULL, false},
    {"return", do_return, NULL, false},
    {"break", do_break, NULL, false},
    {"var.set", do_var_set, NULL, false},
    {"var.get", do_var_get, NULL, false},
    {"event.set", do_event_set, NULL, false},
    {"event.clear", do_event_clear, NULL, false},
    {"event.wait", do_event_wait, NULL, false},
    {"queue.put", do_queue_put, NULL, false},
    {"queue.get", do_queue_get, show_got, false},
    {"queue.put_nowait", do_queue_put_nowait, NULL, false},
    {"queue.get_nowait", do_queue_get_nowait, show_got, false},
    {"queue.task_done", do_queue_task_done, NULL, false},
    {"queue.join", do_queue_join, NULL, false},
    {"queue.shutdown", do_queue_shutdown, NULL, false},
    {"future.set", do_future_set, NULL, false},
    {"future.fail", do_future_fail, NULL, false},
    {"future.cancel", do_future_cancel, NULL, false},
    {"future.wait", do_future_wait, show_future, false},
    {"future.callback", do_future_callback, NULL, false},
    {"task.spawn", do_task_spawn, NULL, false},
    {"task.eager", do_task_eager, NULL, false},
    {"task.cancel", do_task_cancel, NULL, false},
    {"task.uncancel", do_task_uncancel, NULL, false},
    {"task.cancelling", do_task_cancelling, NULL, false},
    {"task.join", do_task_join, show_joined, false},
    {"task.callback", do_task_callback, NULL, false},
    {"gather", do_gather, show_gathered, false},
    {"gather_all", do_gather_all, show_gathered, false},
    {"select", do_select, show_winner, false},
    {"shield", do_shield, show_joined, false},
    {"wait", do_wait, show_done, false},
    {"as_completed", do_as_completed, NULL, false},
    {"group.spawn", do_group_spawn, NULL, false},
    {"lock.acquire", do_lock_acquire, NULL, false},
    {"lock.release", do_lock_release, NULL, false},
    {"lock.locked", do_lock_locked, NULL, false},
    {"semaphore.acquire", do_semaphore_acquire, NULL, false},
    {"semaphore.release", do_semaphore_release, NULL, false},
    {"semaphore.locked", do_semaphore_locked, NULL, false},
    {"condition.acquire", do_lock_acquire, NULL, false},
    {"condition.release", do_lock_release, NULL, false},
    {"condition.wait", do_condition_wait, NULL, false},
    {"condition.notify", do_condition_notify, NULL, false},
    {"condition.notify_all", do_condition_notify_all, NULL, false},
    {"condition.set", do_condition_set, NULL, false},
    {"condition.wait_for", do_condition_wait_for, NULL, false},
    {"barrier.wait", do_barrier_wait, show_index, false},
    {"barrier.reset", do_barrier_reset, NULL, false},
    {"barrier.abort", do_barrier_abort, NULL, false},
    {"call_soon", do_call_soon, NULL, false},
    {"call_later", do_call_later, NULL, false},
    {"reschedule", do_reschedule, NULL, false},
    {"try", do_try, NULL, true},
    {"timeout", do_timeout, NULL, true},
    {"wait_for", do_wait_for, NULL, true},
    {"with", do_with, NULL, true},
    {"group", do_group, NULL, true},
    {"repeat", do_repeat, NULL, true},
    {"for", do_for, NULL, true},
    {"closing", do_closing, NULL, true},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

/* ---- a play ---- */

static void run_out(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct weft_task *task = NULL;

        if (weft_loop_run_forever(&play.loop) != WEFT_EDEADLOCK) {
            printf("! the loop ended otherwise than by a deadlock\n");
            return;
        }
        if (play.loop.task_count == 0) {
            return;
        }
        SAY("all wait");
        while ((task = weft_all_tasks(&play.loop, task)) != NULL) {
            weft_task_cancel(task);
        }
    }
    SAY("stuck"); /* who waits for a condition needs its lock */
}

/* Nothing may be left behind. */
static void close_play(void)
{
    if (play.loop.task_count > 0) {
        exit(0); /* stuck, in memory of this play: compare.py plays on */
    }
    if (play.loop.alarms.count > 0 || !weft_heap_verify(&play.loop.alarms)) {
        printf("! alarms are left\n");
    }
    for (struct object *object = play.objects; object != NULL;
         object = object->next) {
        if (!weft_list_is_empty(&object->event.waiters) ||
            !weft_list_is_empty(&object->queue.getters) ||
            !weft_list_is_empty(&object->queue.putters) ||
            !weft_list_is_empty(&object->queue.joiners) ||
            !weft_list_is_empty(&object->semaphore.waiters) ||
            !weft_list_is_empty(&object->condition.waiters) ||
            object->lock.first != NULL) {
            printf("! somebody waits for %s\n", object->name);
        }
        weft_queue_close(&object->queue);
    }
    for (int i = 0; i < play.actor_count; i++) {
        weft_task_release(play.actors[i]->task);
    }
    if (weft_loop_close(&play.loop) < 0) {
        printf("! the loop cannot be closed\n");
    }
    arena_clear();
}

static void run_play(char *text)
{
    memset(&play, 0, sizeof play);
    weft_sim_init(&play.sim);
    weft_loop_init(&play.loop, &play.sim.driver);
    play.loop.allocator = weft_allocator_libc();
    read_scenario(text);
    for (int i = 0; i < play.actor_count; i++) {
        if (!play.actors[i]->later) {
            spawn(play.actors[i]);
        }
    }
    run_out();
    for (int i = 0; i < play.actor_count; i++) {
        struct actor *actor = play.actors[i];

        SAY("%s %s", actor->name,
            actor->task != NULL ? outcome_text(actor) : "unborn");
    }
    close_play();
}

/* The scenarios of a file in the form that this program writes: what stands
 * there for a trace is passed over. */
static void play_file(FILE *file)
{
    static char text[1 << 16];
    char line[256];
    size_t used = 0;
    bool in_scenario = false;

    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "== ", 3) == 0) {
            in_scenario = true;
            used = 0;
            fputs(line, stdout);
        } else if (in_scenario && strcmp(line, "--\n") == 0) {
            in_scenario = false;
            puts("--");
            fflush(stdout); /* for whoever looks after a crash */
            run_play(text);
        } else if (in_scenario && used + sizeof line < sizeof text) {
            used += (size_t)sprintf(text + used, "%s", line);
            fputs(line, stdout);
        }
    }
}

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "r") : stdin;

    if (file == NULL) {
        perror(argv[1]);
        return 2;
    }
    play_file(file);
    return 0;
}
