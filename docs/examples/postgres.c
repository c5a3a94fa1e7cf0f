/* postgres.c - AWAIT what PostgreSQL answers: libpq, which tells what it waits
 * for, and weft, which waits.
 *
 *     postgres [CONNINFO]                       "host=127.0.0.1 port=5432"
 */
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <weft.h>

/* [connect] */
struct pg_connect {
    struct weft_frame frame;
    const char *conninfo;
    PGconn *result; /* to PQfinish, also after an error */
    PostgresPollingStatusType status;
};

static async pg_connect(struct weft_frame *frame)
{
    ASYNC_BEGIN(pg_connect);
    self->result = PQconnectStart(self->conninfo);
    self->status = PGRES_POLLING_WRITING;
    while (self->status != PGRES_POLLING_OK) {
        if (self->status == PGRES_POLLING_READING) {
            AWAIT(weft_wait_readable(PQsocket(self->result)));
        } else if (self->status == PGRES_POLLING_WRITING) {
            AWAIT(weft_wait_writable(PQsocket(self->result)));
        } else {
            ASYNC_RAISE(-ECONNREFUSED); /* PQerrorMessage says why */
        }
        self->status = PQconnectPoll(self->result);
    }
    PQsetnonblocking(self->result, 1);
    ASYNC_END;
}
/* [connect] */

/* [query] */
/* Blocks for a round trip; PQcancelStart, from version 17 on, would not. */
static void cancel_query(PGconn *connection)
{
    PGcancel *cancel = PQgetCancel(connection);
    char why[256];

    PQcancel(cancel, why, sizeof why);
    PQfreeCancel(cancel);
}

/* What libpq has next: NULL behind the last result of a query. */
struct pg_result {
    struct weft_frame frame;
    PGconn *connection;
    PGresult *result;
};

static async pg_result(struct weft_frame *frame)
{
    ASYNC_BEGIN(pg_result);
    while (PQisBusy(self->connection)) {
        AWAIT(weft_wait_readable(PQsocket(self->connection)));
        if (!PQconsumeInput(self->connection)) {
            ASYNC_RAISE(-ECONNRESET);
        }
    }
    ASYNC_RETURN(PQgetResult(self->connection));
    ASYNC_END;
}

struct pg_query {
    struct weft_frame frame;
    PGconn *connection;
    const char *sql;
    int count;
    const char *values[4]; /* of $1 to $4 */
    struct pg_result next;
    PGresult *result; /* to PQclear, also after an error */
};

static async pg_query(struct weft_frame *frame)
{
    ASYNC_BEGIN(pg_query);
    if (!PQsendQueryParams(self->connection, self->sql, self->count, NULL,
                           self->values, NULL, NULL, 0)) {
        ASYNC_RAISE(-EIO);
    }
    while (PQflush(self->connection) > 0) {
        AWAIT(weft_wait_writable(PQsocket(self->connection)));
    }
    AWAIT(CALL(&self->next, pg_result, .connection = self->connection));
    self->result = self->next.result;
    if (PQresultStatus(self->result) == PGRES_FATAL_ERROR) {
        ASYNC_RAISE(-EPROTO); /* PQresultErrorMessage says why */
    }
    ASYNC_FINALLY
    if (frame->outcome == WEFT_ECANCELLED) {
        cancel_query(self->connection);
    }
    do { /* to the end, or the next query would fail */
        AWAIT(CALL(&self->next, pg_result, .connection = self->connection));
        PQclear(self->next.result);
    } while (self->next.result != NULL);
    ASYNC_END;
}
/* [query] */

struct program {
    struct weft_frame frame;
    const char *conninfo;
    struct pg_connect connect;
    struct pg_query query;
    struct weft_wait_for limit;
    int error;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    /* [use] */
    AWAIT(CALL(&self->connect, pg_connect, .conninfo = self->conninfo));
    AWAIT(CALL(&self->query, pg_query, .connection = self->connect.result,
               .sql = "SELECT $1::int * $2::int", .count = 2,
               .values = {"6", "7"}));
    printf("6 * 7 = %s\n", PQgetvalue(self->query.result, 0, 0));
    PQclear(self->query.result);
    /* [use] */
    ASYNC_TRY {
        AWAIT(weft_wait_for(&self->limit,
                            CALL(&self->query, pg_query,
                                 .connection = self->connect.result,
                                 .sql = "SELECT pg_sleep(60)"),
                            0.1));
    }
    ASYNC_CATCH(self->error) {
        printf("pg_sleep: %s\n", weft_error_message(self->error));
    }
    AWAIT(CALL(&self->query, pg_query, .connection = self->connect.result,
               .sql = "SELECT 'still there'"));
    printf("it is %s\n", PQgetvalue(self->query.result, 0, 0));
    PQclear(self->query.result);
    ASYNC_FINALLY
    PQfinish(self->connect.result);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    return ASYNC_RUN(program, .conninfo = argc > 1 ? argv[1] : "") ? 1 : 0;
}
