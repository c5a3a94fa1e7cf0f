/* file_server.c - files of a folder over HTTP/1.1, for browsers, curl and wrk.
 *
 *     file_server FOLDER [PORT [SECONDS]]
 *
 * until Ctrl-C or SIGTERM. Port 0 is any free one; a client that takes longer
 * than those seconds (10) for a request, or takes in nothing of the answer for
 * so long, is cut off. GET and HEAD, connections that stay open, ranges, and
 * "not modified". Files are opened, and begun to be read, in threads, for a
 * disk may be slow; what does not fit into one write is sent by the kernel.
 *
 * Nothing outside of the folder is served: no "..", no symbolic link, and
 * nothing whose name begins with a dot.
 */
#include <weft.h>

#include "http_answer.h"

enum { LEFT_OVER = 1 << 20 };

static struct weft_shutdown shutting_down;

/* What the server's handlers share: its `user`. */
struct site {
    int root; /* descriptor of the folder */
    double patience;
};

/* ---- A request ---- */

struct read_request {
    struct weft_frame frame;
    struct weft_stream *stream;
    struct request *request;
    char *line; /* LINE bytes */
    int fields;
    int too_long; /* the status for a line that is */
    int error;
};

/* A client that hangs up, or breaks off, raises WEFT_EINCOMPLETEREAD. */
static async read_request(struct weft_frame *frame)
{
    ASYNC_BEGIN(read_request);
    *self->request = (struct request){0};
    self->too_long = 414;
    ASYNC_TRY {
        do {
            AWAIT(weft_stream_readline(self->stream, self->line, LINE));
            if (frame->value == 0) {
                ASYNC_RAISE(WEFT_EINCOMPLETEREAD);
            }
            if (!trim(self->line)) {
                self->request->status = 400;
            } else if (self->too_long == 414) {
                self->request->status =
                    parse_request_line(self->request, self->line);
                self->too_long = 431;
            } else if (self->line[0] == '\0') {
                break;
            } else if (++self->fields > FIELDS) {
                self->request->status = 431;
            } else {
                self->request->status = parse_field(self->request, self->line);
            }
        } while (self->request->status == 0);
    }
    ASYNC_CATCH(self->error) {
        if (self->error != WEFT_ELIMIT) {
            ASYNC_RAISE(self->error);
        }
        self->request->status = self->too_long;
    }
    if (self->request->status == 0 && !self->request->has_host) {
        self->request->status = 400;
    }
    ASYNC_END;
}

/* ---- Its answer ---- */

/* The rest of the file. As long as the client takes in some of it there is time
 * for more. */
struct send_rest {
    struct weft_frame frame;
    struct weft_stream *stream;
    double patience;
    struct content *content;
    struct weft_sendfile sendfile;
    struct weft_wait_for limit;
    int error;
};

static async send_rest(struct weft_frame *frame)
{
    ASYNC_BEGIN(send_rest);
    while (self->content->sent < self->content->length) {
        self->error = 0;
        ASYNC_TRY {
            AWAIT(weft_wait_for(
                &self->limit,
                CALL(&self->sendfile, weft_sendfile,
                     .transport = &self->stream->transport,
                     .fd = self->content->fd,
                     .offset = self->content->first + self->content->sent,
                     .count = self->content->length - self->content->sent),
                self->patience));
        }
        ASYNC_CATCH(self->error) {
            if (self->error != WEFT_ETIMEOUT) {
                ASYNC_RAISE(self->error);
            }
        }
        if (self->sendfile.sent == 0) { /* or the file has become shorter */
            ASYNC_RAISE(self->error < 0 ? self->error : -ESTALE);
        }
        self->content->sent += self->sendfile.sent;
    }
    ASYNC_END;
}

struct answer {
    struct weft_frame frame;
    struct weft_stream *stream;
    double patience;
    struct content content;
    struct weft_job job;
    struct send_rest send_rest;
    struct weft_wait_for limit;
};

static async answer(struct weft_frame *frame)
{
    ASYNC_BEGIN(answer);
    self->content.status = self->content.request->status;
    if (self->content.status == 0) {
        AWAIT(weft_run_in_executor(&self->job, NULL, choose_content,
                                   &self->content));
        self->content.status = frame->value;
    }
    compose(&self->content);
    weft_stream_writelines(
        self->stream,
        (struct iovec[]){
            {self->content.buffers->head, self->content.head_size},
            {self->content.buffers->piece, self->content.piece_size}},
        2);
    AWAIT(weft_wait_for(&self->limit, weft_stream_drain(self->stream),
                        self->patience));
    AWAIT(CALL(&self->send_rest, send_rest, .stream = self->stream,
               .patience = self->patience, .content = &self->content));
    ASYNC_FINALLY
    if (self->content.fd >= 0) {
        close(self->content.fd);
    }
    ASYNC_END;
}

/* ---- A connection ---- */

/* Take what the client still sends, lest the kernel resets the connection and
 * with it the answer that is on its way. */
struct hang_up {
    struct weft_frame frame;
    struct weft_stream *stream;
    char *dump;
    int count;
};

static async hang_up(struct weft_frame *frame)
{
    ASYNC_BEGIN(hang_up);
    weft_stream_write_eof(self->stream);
    do {
        AWAIT(weft_stream_read(self->stream, self->dump, PIECE));
        self->count += frame->value;
    } while (frame->value > 0 && self->count < LEFT_OVER);
    ASYNC_END;
}

struct http_visit {
    struct weft_frame frame;
    struct weft_stream *stream; /* set by the server */
    const struct site *site;
    struct weft_wait_for limit;
    struct read_request read_request;
    struct answer answer;
    struct hang_up hang_up;
    struct request request;
    struct buffers buffers;
    int error;
};

static async http_visit(struct weft_frame *frame)
{
    ASYNC_BEGIN(http_visit);
    self->site = weft_server_of(self->stream)->user;
    /* A drain is to wait until the kernel has everything: what were left in
     * the buffer would be lost with a client that takes its time. */
    weft_transport_set_write_buffer_limits(&self->stream->transport, 0, 0);
    ASYNC_TRY {
        do {
            ASYNC_TRY {
                AWAIT(weft_wait_for(&self->limit,
                                    CALL(&self->read_request, read_request,
                                         .stream = self->stream,
                                         .request = &self->request,
                                         .line = self->buffers.piece),
                                    self->site->patience));
            }
            ASYNC_CATCH(self->error) {
                if (self->error != WEFT_ETIMEOUT ||
                    self->read_request.too_long != 431) {
                    ASYNC_RAISE(self->error); /* no one to tell */
                }
                self->request.status = 408;
            }
            self->request.stays &=
                self->request.status == 0 && !self->request.has_body;
            AWAIT(CALL(&self->answer, answer, .stream = self->stream,
                       .patience = self->site->patience,
                       .content = {.fd = -1,
                                   .root = self->site->root,
                                   .request = &self->request,
                                   .buffers = &self->buffers}));
        } while (self->request.stays);
        AWAIT(
            weft_wait_for(&self->limit,
                          CALL(&self->hang_up, hang_up, .stream = self->stream,
                               .dump = self->buffers.piece),
                          self->site->patience));
    }
    ASYNC_CATCH(self->error) {
        weft_stream_abort(self->stream); /* the client has gone, or is slow */
    }
    ASYNC_END;
}

/* ---- The server ---- */

struct program {
    struct weft_frame frame;
    struct site site;
    const char *port;
    struct weft_server server;
    struct weft_event never;
    int status;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->status = weft_shutdown_on_signals(&shutting_down, 10);
    if (self->status == 0) {
        self->server.user = &self->site;
        self->status = weft_start_server(&self->server, WEFT_CLIENT(http_visit),
                                         "127.0.0.1", self->port);
    }
    if (self->status < 0) {
        ASYNC_RAISE(self->status);
    }
    printf("http://127.0.0.1:%d/\n", self->server.port);
    AWAIT(weft_event_wait(&self->never));
    ASYNC_FINALLY
    weft_server_close(&self->server);
    AWAIT(weft_server_wait_closed(&self->server));
    printf("closed, with %zu connections\n", self->server.client_count);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    struct site site = {.root = -1, .patience = 10};
    const char *port = argc > 2 ? argv[2] : "8000";

    if (argc > 3) {
        site.patience = atof(argv[3]);
    }
    if (argc > 1) {
        site.root = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (site.root < 0 || !(site.patience > 0)) {
        fprintf(stderr, "file_server FOLDER [PORT [SECONDS]]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    return weft_shutdown_exit_code(
        &shutting_down, ASYNC_RUN(program, .site = site, .port = port));
}
