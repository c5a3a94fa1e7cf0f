/* http_answer.h - what file_server.c answers: which file, which part of it, and
 * the head that goes before it. What opens and reads is called in a thread, as
 * a disk may be slow; nothing in here knows of tasks.
 */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "http_request.h"

enum { PIECE = 16384 };

struct content {
    int root; /* descriptor of the folder */
    const struct request *request;
    int status;
    int fd;                    /* -1: none                      */
    off_t size;                /* of the file                   */
    off_t first, length, sent; /* what is sent of it: from where, how much, and
                                  so much of that already                    */
    char modified[32];         /* when it was, or ""            */
    struct buffers *buffers;
    size_t head_size, piece_size;
};

struct buffers {
    char head[LINE + 1024];
    char piece[PIECE];
};

/* ---- Choosing, in a thread ---- */

static void print_date(char *text, size_t size, time_t when)
{
    struct tm parts;

    strftime(text, size, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&when, &parts));
}

/* Step by step, so that no link leads out. A descriptor or -errno. */
static int open_beneath(int root, const char *path)
{
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    char name[256];
    int fd = root;

    while (*(path += strspn(path, "/")) != '\0') {
        size_t length = strcspn(path, "/");
        int folder = fd;

        snprintf(name, sizeof name, "%.*s", (int)length, path);
        if (name[0] == '.' || length >= sizeof name) {
            fd = -ENOENT;
        } else {
            fd = openat(folder, name, flags);
            fd = fd < 0 ? -errno : fd;
        }
        if (folder != root) {
            close(folder);
        }
        if (fd < 0) {
            break;
        }
        path += length;
    }
    return fd;
}

static int status_of(int error)
{
    switch (error) {
    case -EACCES:
    case -EPERM:
        return 403;
    case -ENOENT:
    case -ENOTDIR:
    case -ELOOP:
    case -ENAMETOOLONG:
        return 404;
    case -EMFILE:
    case -ENFILE:
    case -ENOMEM:
        return 503;
    default:
        return 500;
    }
}

/* Digits; -1 if there are none. Too many are a big number. */
static off_t parse_number(const char **text)
{
    off_t number = -1;

    for (; **text >= '0' && **text <= '9'; (*text)++) {
        number = number < 0 ? 0 : number;
        if (number < (off_t)1 << 56) {
            number = number * 10 + (**text - '0');
        }
    }
    return number;
}

/* "bytes=0-99", "bytes=100-" or "bytes=-50"; of others, the whole. A status. */
static int choose_range(struct content *self)
{
    const char *text = self->request->range;
    off_t first, last;

    if (strncmp(text, "bytes=", 6) != 0) {
        return 200;
    }
    text += 6;
    first = parse_number(&text);
    if (*text++ != '-') {
        return 200;
    }
    last = parse_number(&text);
    if (*text != '\0' || (first < 0 && last < 0) ||
        (first >= 0 && last >= 0 && last < first)) {
        return 200;
    }
    if (first < 0) { /* the last bytes */
        first = last < self->size ? self->size - last : 0;
        last = -1;
    }
    if (first >= self->size) {
        return 416;
    }
    self->first = first;
    self->length =
        (last < 0 || last >= self->size ? self->size : last + 1) - first;
    return 206;
}

/* What goes out with the head. 0, or -errno; -ESTALE for a file that has become
 * shorter. */
static int read_first_piece(struct content *self)
{
    size_t size = self->length < PIECE ? (size_t)self->length : PIECE;
    ssize_t count = pread(self->fd, self->buffers->piece, size, self->first);

    if (count <= 0) {
        return count < 0 ? -errno : -ESTALE;
    }
    self->sent = count;
    self->piece_size = (size_t)count;
    return 0;
}

static int choose_among(struct content *self, const struct stat *facts)
{
    const struct request *request = self->request;

    if (S_ISDIR(facts->st_mode)) {
        return 301; /* the same with a slash */
    }
    if (!S_ISREG(facts->st_mode)) {
        return 404;
    }
    print_date(self->modified, sizeof self->modified, facts->st_mtime);
    if (strcmp(request->if_modified_since, self->modified) == 0) {
        return 304;
    }
    self->size = self->length = facts->st_size;
    if (!request->is_head && request->range[0] != '\0' &&
        (request->if_range[0] == '\0' ||
         strcmp(request->if_range, self->modified) == 0)) {
        return choose_range(self);
    }
    return 200;
}

/* Open the file, decide, and read the first piece: for most files one way to a
 * thread is enough. A status. */
static int choose_content(void *arg)
{
    struct content *self = arg;
    struct stat facts;
    int fd = open_beneath(self->root, self->request->path);
    int status, error;

    if (fd < 0) {
        return status_of(fd);
    }
    self->fd = fd;
    status = fstat(fd, &facts) < 0 ? 500 : choose_among(self, &facts);
    if (self->request->is_head || (status != 200 && status != 206)) {
        self->sent = self->length; /* nothing to send */
    }
    if (self->sent < self->length) {
        error = read_first_piece(self);
        if (error < 0) {
            self->sent = self->length;
            return status_of(error);
        }
    }
    return status;
}

/* ---- Writing the head ---- */

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {200, "OK"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {414, "URI Too Long"},
        {416, "Range Not Satisfiable"},
        {431, "Request Header Fields Too Large"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].status == status) {
            return reasons[i].text;
        }
    }
    return "Internal Server Error";
}

static const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
        {".md", "text/plain; charset=utf-8"},
        {".c", "text/plain; charset=utf-8"},
        {".h", "text/plain; charset=utf-8"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".ico", "image/x-icon"},
        {".pdf", "application/pdf"},
        {".wasm", "application/wasm"},
    };
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++) {
        if (strcasecmp(dot, types[i][0]) == 0) {
            return types[i][1];
        }
    }
    return "application/octet-stream";
}

static void add(struct content *self, const char *format, ...)
{
    size_t room = sizeof self->buffers->head - self->head_size;
    va_list values;
    int count;

    va_start(values, format);
    count =
        vsnprintf(self->buffers->head + self->head_size, room, format, values);
    va_end(values);
    if (count > 0 && (size_t)count < room) {
        self->head_size += (size_t)count;
    }
}

static void compose_file(struct content *self)
{
    add(self, "Content-Type: %s\r\nAccept-Ranges: bytes\r\n",
        type_of(self->request->path));
    if (self->status == 206) {
        add(self, "Content-Range: bytes %lld-%lld/%lld\r\n",
            (long long)self->first, (long long)(self->first + self->length - 1),
            (long long)self->size);
    }
    add(self, "Content-Length: %lld\r\n", (long long)self->length);
}

static void compose_text(struct content *self)
{
    int size = snprintf(self->buffers->piece, PIECE, "%d %s\n", self->status,
                        reason(self->status));

    if (self->status == 301) {
        add(self, "Location: %s/\r\n", self->request->target);
    } else if (self->status == 405) {
        add(self, "Allow: GET, HEAD\r\n");
    } else if (self->status == 416) {
        add(self, "Content-Range: bytes */%lld\r\n", (long long)self->size);
    }
    add(self, "Content-Type: text/plain\r\nContent-Length: %d\r\n", size);
    self->piece_size = self->request->is_head ? 0 : (size_t)size;
}

/* The head, and with anything but a file or a part of it a line of text. */
static void compose(struct content *self)
{
    char now[32];

    print_date(now, sizeof now, time(NULL));
    add(self, "HTTP/1.1 %d %s\r\nDate: %s\r\n", self->status,
        reason(self->status), now);
    if (self->modified[0] != '\0') {
        add(self, "Last-Modified: %s\r\n", self->modified);
    }
    if (self->status == 200 || self->status == 206) {
        compose_file(self);
    } else if (self->status != 304) {
        compose_text(self);
    }
    add(self, "Connection: %s\r\n\r\n",
        self->request->stays ? "keep-alive" : "close");
}

#endif /* HTTP_ANSWER_H */
