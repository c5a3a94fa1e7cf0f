/* connection_pool.c - a few connections, borrowed by many workers.
 *
 * A context manager of one's own is two functions: one that enters, one that
 * leaves. Here entering waits for an idle connection, and dials anew if the
 * last borrower broke it; leaving gives it back, however the block ends. That
 * entering takes two steps makes it a coroutine: pool_borrow CALLs it.
 */
#include <stdio.h>

#include "weft.h"

enum { CONNECTIONS = 2, WORKERS = 5 };
enum { CLUMSY = 2, IMPATIENT = 4 }; /* two of the workers */

static double now(void)
{
    return weft_loop_time(weft_loop_current());
}

struct connection {
    int number;
    bool is_open;
};

struct pool {
    struct weft_queue idle; /* of pointers to connections */
    int dialled;
};

/* [context] */
struct borrowing { /* the coroutine that enters */
    struct weft_frame frame;
    struct lease *lease;
};

struct lease {
    struct weft_with with; /* what makes it a context */
    struct pool *pool;
    struct connection *connection;
    struct borrowing borrowing;
};

/* Does not wait: who gives a connection back finds room for it. */
static struct weft_op return_lease(struct lease *lease)
{
    return weft_queue_put(&lease->pool->idle, &lease->connection);
}

static async borrowing(struct weft_frame *frame)
{
    ASYNC_BEGIN(borrowing);
    AWAIT(weft_queue_get(&self->lease->pool->idle, &self->lease->connection));
    if (!self->lease->connection->is_open) {
        AWAIT(weft_sleep(0.5)); /* the network takes its time */
        self->lease->connection->number = ++self->lease->pool->dialled;
        self->lease->connection->is_open = true;
        printf("%.1f  dialled %d\n", now(), self->lease->pool->dialled);
    }
    ASYNC_FINALLY
    if (frame->outcome < 0 && self->lease->connection != NULL) {
        AWAIT(return_lease(self->lease)); /* cancelled while it dialled */
    }
    ASYNC_END;
}

static struct weft_op pool_leave(struct weft_with *with)
{
    struct lease *lease = WEFT_OWNER(with, struct lease, with);

    if (with->error == WEFT_ECLOSED) {
        lease->connection->is_open = false; /* the next borrower dials */
    }
    return return_lease(lease);
}

static struct weft_op pool_borrow(struct lease *lease, struct pool *pool)
{
    lease->with.leave = pool_leave;
    lease->pool = pool;
    lease->connection = NULL;
    return CALL(&lease->borrowing, borrowing, .lease = lease);
}
/* [context] */

static struct connection connections[CONNECTIONS];
static struct connection *places[CONNECTIONS];
static struct pool pool = {.idle = WEFT_QUEUE(places)};

struct worker {
    struct weft_frame frame;
    int id;
    struct lease lease;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    /* [use] */
    ASYNC_WITH(&self->lease, pool_borrow(&self->lease, &pool)) {
        printf("%.1f  worker %d has connection %d\n", now(), self->id,
               self->lease.connection->number);
        AWAIT(weft_sleep(1));
        if (self->id == CLUMSY) {
            ASYNC_RAISE(WEFT_ECLOSED); /* the other end is gone */
        }
    }
    /* [use] */
    ASYNC_FINALLY
    printf("%.1f  worker %d: %s\n", now(), self->id,
           weft_error_name(frame->outcome));
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join workers[WORKERS];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    for (int i = 0; i < CONNECTIONS; i++) {
        struct connection *connection = &connections[i];

        weft_queue_put_nowait(&pool.idle, &connection);
    }
    for (int i = 0; i < WORKERS; i++) {
        self->workers[i].task = SPAWN(worker, .id = i + 1);
    }
    AWAIT(weft_sleep(1)); /* the first two are at work, the others wait */
    weft_task_cancel(self->workers[IMPATIENT - 1].task);
    AWAIT(weft_gather(self->workers, WORKERS, WEFT_RETURN_ERRORS));
    printf("%.1f  %zu connections are idle, %d were dialled\n", now(),
           pool.idle.count, pool.dialled);
    weft_join_release(self->workers, WORKERS);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0; /* on a virtual clock */
}
