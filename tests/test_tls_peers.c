/* test_tls_peers.c - other people's TLS at the other end: the openssl command
 * and Python's asyncio, where there are any.
 */
#include <signal.h>
#include <sys/wait.h>

#include "parties.h"

static bool has(const char *command)
{
    char line[256];

    snprintf(line, sizeof line, "%s >/dev/null 2>&1", command);
    return system(line) == 0;
}

static bool has_openssl(void)
{
    return has("openssl version");
}

static bool has_python(void)
{
    return has("python3 -c 'import sys, asyncio, ssl;"
               " sys.exit(sys.version_info < (3, 11))'");
}

/* ---- Another program ---- */

static FILE *output; /* of the program */
static pid_t program;

static void start_program(const char *command)
{
    int fds[2];

    CHECK_INT(pipe(fds), 0);
    fflush(stdout);
    program = fork();
    if (program == 0) {
        dup2(fds[1], STDOUT_FILENO);
        dup2(fds[1], STDERR_FILENO);
        close(fds[0]);
        close(fds[1]);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    output = fdopen(fds[0], "r");
}

/* The port behind the last colon of a line that begins like this. */
static void find_port(const char *beginning, char port[8])
{
    char line[256];

    strcpy(port, "0");
    while (fgets(line, sizeof line, output) != NULL) {
        if (strncmp(line, beginning, strlen(beginning)) == 0) {
            snprintf(port, 8, "%d", atoi(strrchr(line, ':') + 1));
            return;
        }
    }
}

/* Traces the lines that begin like this; gives the exit status. */
static int finish_program(const char *beginning)
{
    char line[256];
    int status = -1;

    while (fgets(line, sizeof line, output) != NULL) {
        if (strncmp(line, beginning, strlen(beginning)) == 0) {
            line[strcspn(line, "\r\n")] = '\0';
            trace("%s", line);
        }
    }
    fclose(output);
    waitpid(program, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- Their servers, our client ---- */

struct customer {
    struct weft_frame frame;
    const char *port;
    struct weft_open_tls_connection connect;
    struct weft_stream stream;
    struct weft_tls tls;
    char line[100];
    int error;
};

static struct weft_async customer(struct weft_frame *frame)
{
    ASYNC_BEGIN(customer);
    AWAIT(CALL(&self->connect, weft_open_tls_connection,
               .stream = &self->stream, .tls = &self->tls,
               .context = &near_context, .host = "127.0.0.1",
               .port = self->port, .server_hostname = "localhost"));
    trace("alpn [%s]", self->tls.alpn_protocol);
    CHECK_INT(weft_stream_write(&self->stream, "olleh\n", 6), 0);
    AWAIT(weft_stream_readline(&self->stream, self->line, sizeof self->line));
    trace("heard %.*s", frame->value - 1, self->line);
    CHECK_INT(weft_stream_write(&self->stream, "CLOSE\n", 6), 0);
    AWAIT(weft_stream_read(&self->stream, self->line, sizeof self->line));
    CHECK_INT(frame->value, 0);
    weft_stream_close(&self->stream);
    AWAIT(weft_stream_wait_closed(&self->stream));
    trace("closed");
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

static void buy(const char *command, const char *beginning)
{
    char port[8];

    start_program(command);
    find_port(beginning, port);
    CHECK_INT(weft_tls_context_set_alpn_protocols(&near_context, "h2,imap"), 0);
    CHECK_INT(REAL_RUN(customer, .port = port), 0);
    kill(program, SIGTERM);
    finish_program("nothing");
    CHECK_TRACE("alpn [imap], heard hello, closed");
    close_contexts();
}

static void a_client_understands_openssl(void)
{
    char command[512];

    if (!has_openssl()) {
        printf("skip a_client_understands_openssl: no openssl\n");
        return;
    }
    open_contexts();
    snprintf(command, sizeof command,
             "exec openssl s_server -accept 127.0.0.1:0 -rev -alpn imap "
             "-cert %s -key %s",
             good, good);
    buy(command, "ACCEPT");
}

static const char python_server[] =
    "import asyncio, ssl, sys\n"
    "context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)\n"
    "context.load_cert_chain(sys.argv[1])\n"
    "context.set_alpn_protocols(['imap'])\n"
    "async def serve(reader, writer):\n"
    "    line = await reader.readline()\n"
    "    writer.write(line.strip()[::-1] + b'\\n')\n"
    "    await reader.readline()\n"
    "    writer.close()\n"
    "    await writer.wait_closed()\n"
    "async def main():\n"
    "    server = await asyncio.start_server(serve, '127.0.0.1', 0,"
    " ssl=context)\n"
    "    print('port:%d' % server.sockets[0].getsockname()[1], flush=True)\n"
    "    await server.serve_forever()\n"
    "asyncio.run(main())\n";

static void a_client_understands_python(void)
{
    char command[2048];

    if (!has_python()) {
        printf("skip a_client_understands_python: no python3 with ssl\n");
        return;
    }
    open_contexts();
    snprintf(command, sizeof command, "exec python3 - %s <<'END'\n%sEND\n",
             good, python_server);
    buy(command, "port");
}

/* ---- Our server, their clients ---- */

struct sell {
    struct weft_frame frame;
    struct weft_stream *stream; /* set by the server */
    char line[64];
};

static struct weft_event is_sold;

static struct weft_async sell(struct weft_frame *frame)
{
    ASYNC_BEGIN(sell);
    AWAIT(weft_stream_readline(self->stream, self->line, sizeof self->line));
    trace("asked for %.*s", frame->value - 1, self->line);
    CHECK_INT(weft_stream_write(self->stream, "here is ", 8), 0);
    CHECK_INT(weft_stream_write(self->stream, self->line, strlen(self->line)),
              0);
    weft_stream_close(self->stream);
    AWAIT(weft_stream_wait_closed(self->stream));
    trace("sold");
    ASYNC_FINALLY
    weft_event_set(&is_sold);
    ASYNC_END;
}

struct shop {
    struct weft_frame frame;
    const char *format; /* of the client's command: port, authority, text */
    const char *text;
    struct weft_tls_server server;
    char command[2048];
};

static struct weft_async shop(struct weft_frame *frame)
{
    ASYNC_BEGIN(shop);
    is_sold = (struct weft_event){.is_set = false};
    CHECK_INT(weft_start_tls_server(&self->server, WEFT_CLIENT(sell),
                                    "127.0.0.1", "0", &away_context),
              0);
    snprintf(self->command, sizeof self->command, self->format,
             self->server.server.port, authority, self->text);
    start_program(self->command);
    AWAIT(weft_event_wait(&is_sold));
    weft_server_close(&self->server.server);
    AWAIT(weft_server_wait_closed(&self->server.server));
    CHECK_INT(finish_program("here"), 0);
    ASYNC_END;
}

static void a_server_understands_openssl(void)
{
    if (!has_openssl()) {
        printf("skip a_server_understands_openssl: no openssl\n");
        return;
    }
    open_contexts();
    CHECK_INT(REAL_RUN(shop, .text = "fruit",
                       .format =
                           "exec openssl s_client -quiet -connect "
                           "127.0.0.1:%d -CAfile %s -servername localhost "
                           "-verify_return_error -verify_hostname "
                           "localhost <<'END'\n%s\nEND\n"),
              0);
    CHECK_TRACE("asked for fruit, sold, here is fruit");
    close_contexts();
}

static const char python_client[] =
    "import asyncio, ssl\n"
    "async def main():\n"
    "    context = ssl.create_default_context(cafile=sys.argv[2])\n"
    "    reader, writer = await asyncio.open_connection('127.0.0.1',"
    " int(sys.argv[1]), ssl=context, server_hostname='localhost')\n"
    "    writer.write(b'fruit\\n')\n"
    "    print((await reader.read()).decode(), end='')\n"
    "    writer.close()\n"
    "    await writer.wait_closed()\n"
    "asyncio.run(main())\n";

static void a_server_understands_python(void)
{
    if (!has_python()) {
        printf("skip a_server_understands_python: no python3 with ssl\n");
        return;
    }
    open_contexts();
    CHECK_INT(REAL_RUN(shop, .text = python_client,
                       .format = "exec python3 - %d %s <<'END'\nimport sys\n"
                                 "%sEND\n"),
              0);
    CHECK_TRACE("asked for fruit, sold, here is fruit");
    close_contexts();
}

#define TESTS(X)                    \
    X(a_client_understands_openssl) \
    X(a_client_understands_python)  \
    X(a_server_understands_openssl) \
    X(a_server_understands_python)
TEST_MAIN(TESTS)
