/* test_sizes.c - how big each struct is.
 *
 * With --list: a line "weft_event 24" for each, which tests/docs.sh compares
 * with what the reference pages and the headers say.
 */
#include "check.h"
#include "weft/cares.h"
#include "weft/tls.h"

#define STRUCTS(X)                   \
    X(weft_aclosing)                 \
    X(weft_address)                  \
    X(weft_alarm)                    \
    X(weft_allocator)                \
    X(weft_as_completed)             \
    X(weft_async)                    \
    X(weft_asyncgen)                 \
    X(weft_attempt)                  \
    X(weft_bare)                     \
    X(weft_barrier)                  \
    X(weft_barrier_abort)            \
    X(weft_barrier_reset)            \
    X(weft_barrier_wait)             \
    X(weft_binding)                  \
    X(weft_bound)                    \
    X(weft_broadcast)                \
    X(weft_buffer)                   \
    X(weft_cares)                    \
    X(weft_child)                    \
    X(weft_communicate)              \
    X(weft_concurrent)               \
    X(weft_condition)                \
    X(weft_condition_wait_for)       \
    X(weft_context)                  \
    X(weft_create_datagram_endpoint) \
    X(weft_create_connection)        \
    X(weft_create_unix_connection)   \
    X(weft_datagram)                 \
    X(weft_datagram_protocol)        \
    X(weft_dial)                     \
    X(weft_driver)                   \
    X(weft_entry)                    \
    X(weft_ev)                       \
    X(weft_event)                    \
    X(weft_executor)                 \
    X(weft_file)                     \
    X(weft_frame)                    \
    X(weft_future)                   \
    X(weft_group)                    \
    X(weft_handle)                   \
    X(weft_handler)                  \
    X(weft_heap)                     \
    X(weft_heap_place)               \
    X(weft_isr_queue)                \
    X(weft_job)                      \
    X(weft_join)                     \
    X(weft_kind)                     \
    X(weft_lines)                    \
    X(weft_list)                     \
    X(weft_lock)                     \
    X(weft_lock_guard)               \
    X(weft_lookup)                   \
    X(weft_loop)                     \
    X(weft_nameinfo)                 \
    X(weft_node)                     \
    X(weft_oneshot)                  \
    X(weft_op)                       \
    X(weft_open_connection)          \
    X(weft_open_unix_connection)     \
    X(weft_pool)                     \
    X(weft_protocol)                 \
    X(weft_process)                  \
    X(weft_process_guard)            \
    X(weft_process_call)             \
    X(weft_process_pool)             \
    X(weft_queue)                    \
    X(weft_remote)                   \
    X(weft_report)                   \
    X(weft_runner)                   \
    X(weft_scandir)                  \
    X(weft_semaphore)                \
    X(weft_semaphore_guard)          \
    X(weft_serve_forever)            \
    X(weft_server)                   \
    X(weft_server_listen)            \
    X(weft_server_shutdown)          \
    X(weft_shutdown)                 \
    X(weft_sim)                      \
    X(weft_site)                     \
    X(weft_sendfile)                 \
    X(weft_sock)                     \
    X(weft_stack_level)              \
    X(weft_start_tls)                \
    X(weft_staggered)                \
    X(weft_started)                  \
    X(weft_stream)                   \
    X(weft_stream_lines)             \
    X(weft_subscriber)               \
    X(weft_task)                     \
    X(weft_thread_queue)             \
    X(weft_timeout)                  \
    X(weft_timer)                    \
    X(weft_tls)                      \
    X(weft_tls_context)              \
    X(weft_tls_server)               \
    X(weft_tls_session)              \
    X(weft_transport)                \
    X(weft_var)                      \
    X(weft_wait_for)                 \
    X(weft_wait_kind)                \
    X(weft_walk)                     \
    X(weft_watch)                    \
    X(weft_wire)                     \
    X(weft_with)                     \
    X(weft_workers)

static void list_sizes(void)
{
#define LIST(name) printf(#name " %zu\n", sizeof(struct name));
    STRUCTS(LIST)
#undef LIST
}

/* In pointers and bytes, so that it holds where pointers are smaller. */
static const struct budget {
    size_t size;
    size_t pointers;
    size_t bytes;
} budgets[] = {
    {sizeof(struct weft_frame), 2, 4 * sizeof(int)},
    {sizeof(struct weft_future), 3, 4 + sizeof(int)},
    {sizeof(struct weft_handle), 5, 0},
    {sizeof(struct weft_join), 5, 0},
    {sizeof(struct weft_task), 12, 16},
    {sizeof(struct weft_timer), 6, 8},
};

static void the_kernel_keeps_to_its_budget(void)
{
    for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
        const struct budget *budget = &budgets[i];
        size_t allowed = budget->pointers * sizeof(void *) + budget->bytes;

        CHECK_INT(budget->size > allowed ? budget->size - allowed : 0, 0);
    }
}

#define TESTS(X) X(the_kernel_keeps_to_its_budget)

#define ENTRY(name) {#name, name},

int main(int argc, char **argv)
{
    static const struct check_test tests[] = {TESTS(ENTRY){NULL, NULL}};

    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        list_sizes();
        return 0;
    }
    return check_main(tests, argc, argv);
}
