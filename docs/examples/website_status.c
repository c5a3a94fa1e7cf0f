/* website_status.c - ask many web servers for their status, one after another
 * and then all at once, and compare.
 *
 *     website_status                            servers of its own, slow ones
 *     website_status http://127.0.0.1:8000/ ... real ones
 *     website_status https://example.org/ ...   with WEFT_WITH_TLS defined
 *
 * The same coroutine does both: awaited with CALL it runs one at a time,
 * spawned as a task it runs beside the others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft.h>

enum { MOST_SITES = 64, OWN_SITES = 8 };

struct site {
    char host[128];
    char port[8];
    char path[128];
    char name[160];  /* as it is printed                        */
    char status[96]; /* "HTTP/1.1 200 OK", or what went wrong   */
    double seconds;  /* until the status line was there         */
    bool is_secret;  /* https */
};

/* ---- The way there ---- */

#if defined(WEFT_WITH_TLS)
static struct weft_tls_context context; /* trusts whom the system trusts */
#endif

struct open_site {
    struct weft_frame frame;
    const struct site *site;
    struct weft_stream *stream;
    struct weft_open_connection plain;
#if defined(WEFT_WITH_TLS)
    struct weft_open_tls_connection secret;
    struct weft_tls tls;
#endif
};

static async open_site(struct weft_frame *frame)
{
    ASYNC_BEGIN(open_site);
#if defined(WEFT_WITH_TLS)
    if (self->site->is_secret) {
        AWAIT(CALL(&self->secret, weft_open_tls_connection,
                   .stream = self->stream, .tls = &self->tls,
                   .context = &context, .host = self->site->host,
                   .port = self->site->port));
        ASYNC_EXIT;
    }
#endif
    AWAIT(CALL(&self->plain, weft_open_connection, .stream = self->stream,
               .host = self->site->host, .port = self->site->port));
    ASYNC_END;
}

static const char *open_error(const struct open_site *open, int error)
{
#if defined(WEFT_WITH_TLS)
    if (error == WEFT_ETLS) {
        return open->tls.reason;
    }
#endif
    (void)open;
    return weft_error_message(error);
}

/* ---- One request ---- */

struct fetch_status {
    struct weft_frame frame;
    struct site *site;
    struct open_site open;
    struct weft_stream stream;
    char text[1024];
    double begin;
    int length;
};

static async fetch_status(struct weft_frame *frame)
{
    ASYNC_BEGIN(fetch_status);
    self->begin = weft_loop_time(weft_loop_running());
    AWAIT(CALL(&self->open, open_site, .site = self->site,
               .stream = &self->stream));
    self->length = snprintf(self->text, sizeof self->text,
                            "GET %s HTTP/1.1\r\nHost: %s\r\n"
                            "User-Agent: weft\r\nConnection: close\r\n\r\n",
                            self->site->path, self->site->host);
    weft_stream_write(&self->stream, self->text, (size_t)self->length);
    AWAIT(weft_stream_readline(&self->stream, self->text, sizeof self->text));
    if (frame->value == 0) {
        ASYNC_RAISE(WEFT_EINCOMPLETEREAD);
    }
    self->text[strcspn(self->text, "\r\n")] = '\0';
    snprintf(self->site->status, sizeof self->site->status, "%.95s",
             self->text);
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        snprintf(self->site->status, sizeof self->site->status, "%s: %s",
                 weft_error_name(frame->outcome),
                 open_error(&self->open, frame->outcome));
    }
    self->site->seconds = weft_loop_time(weft_loop_running()) - self->begin;
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

/* The same with five seconds at most, and no error: the site has it. */
struct check_site {
    struct weft_frame frame;
    struct site *site;
    struct fetch_status fetch;
    struct weft_wait_for limit;
    int error;
};

static async check_site(struct weft_frame *frame)
{
    ASYNC_BEGIN(check_site);
    ASYNC_TRY {
        AWAIT(weft_wait_for(
            &self->limit, CALL(&self->fetch, fetch_status, .site = self->site),
            5));
    }
    ASYNC_CATCH(self->error) {
        if (self->error == WEFT_ETIMEOUT) {
            snprintf(self->site->status, sizeof self->site->status,
                     "no answer in 5 s");
        }
    }
    ASYNC_END;
}

/* ---- Servers of our own, each with a delay ---- */

/* What a server answers, and after how long: its `user`. */
struct behaviour {
    const char *status;
    double delay;
};

struct answer {
    struct weft_frame frame;
    struct weft_stream *stream; /* set by the server */
    const struct behaviour *behaviour;
    char line[512];
    int length;
};

static async answer(struct weft_frame *frame)
{
    ASYNC_BEGIN(answer);
    self->behaviour = weft_server_of(self->stream)->user;
    do {
        AWAIT(
            weft_stream_readline(self->stream, self->line, sizeof self->line));
    } while (frame->value > 2); /* to the empty line behind the request */
    AWAIT(weft_sleep(self->behaviour->delay));
    self->length = snprintf(self->line, sizeof self->line,
                            "HTTP/1.1 %s\r\nContent-Length: 0\r\n"
                            "Connection: close\r\n\r\n",
                            self->behaviour->status);
    weft_stream_write(self->stream, self->line, (size_t)self->length);
    ASYNC_END;
}

/* ---- The two runs ---- */

struct program {
    struct weft_frame frame;
    int count;
    char **urls;
    struct site sites[MOST_SITES];
    struct check_site check;
    struct weft_join jobs[MOST_SITES];
    struct weft_server servers[OWN_SITES];
    double begin, one_by_one, together;
    int i;
    int error;
};

static void print_sites(const struct site *sites, int count)
{
    for (int i = 0; i < count; i++) {
        printf("  %-34s %-32s %6.3f s\n", sites[i].name, sites[i].status,
               sites[i].seconds);
    }
}

/* "https://", where there is TLS. */
static bool is_secret(const char *url)
{
#if defined(WEFT_WITH_TLS)
    return strncmp(url, "https://", 8) == 0;
#else
    (void)url;
    return false;
#endif
}

/* "http://host:port/path"; the port and the path may be missing. */
static int parse_url(const char *url, struct site *site)
{
    const char *host = url;
    size_t length;

    site->is_secret = is_secret(url);
    if (site->is_secret || strncmp(url, "http://", 7) == 0) {
        host = strstr(url, "://") + 3;
    } else if (strstr(url, "://") != NULL) {
        fprintf(stderr, "%s: that is not spoken here\n", url);
        return WEFT_EINVAL;
    }
    length = strcspn(host, ":/");
    if (length == 0 || length >= sizeof site->host) {
        fprintf(stderr, "%s: no host in it\n", url);
        return WEFT_EINVAL;
    }
    snprintf(site->host, sizeof site->host, "%.*s", (int)length, host);
    snprintf(site->port, sizeof site->port, site->is_secret ? "443" : "80");
    if (host[length] == ':') {
        size_t digits = strspn(host + length + 1, "0123456789");

        snprintf(site->port, sizeof site->port, "%.*s",
                 (int)(digits < 6 ? digits : 6), host + length + 1);
        length += 1 + digits;
    }
    snprintf(site->path, sizeof site->path, "%.127s",
             host[length] == '/' ? host + length : "/");
    snprintf(site->name, sizeof site->name, "%.159s", url);
    return 0;
}

static int parse_urls(struct program *self)
{
    int status = 0;

    for (int i = 0; i < self->count && status == 0; i++) {
        status = parse_url(self->urls[i], &self->sites[i]);
    }
    return status;
}

static int start_own_servers(struct program *self)
{
    static const struct behaviour behaviours[OWN_SITES] = {
        {"200 OK", 0.05},          {"200 OK", 0.10},        {"301 Moved", 0.15},
        {"200 OK", 0.20},          {"404 Not Found", 0.25}, {"200 OK", 0.30},
        {"503 Unavailable", 0.35}, {"200 OK", 0.40}};

    for (int i = 0; i < OWN_SITES; i++) {
        struct weft_server *server = &self->servers[i];
        char url[64];
        int status =
            weft_start_server(server, WEFT_CLIENT(answer), "127.0.0.1", "0");

        if (status < 0) {
            return status;
        }
        server->user = (void *)(uintptr_t)&behaviours[i];
        snprintf(url, sizeof url, "http://127.0.0.1:%d/", server->port);
        status = parse_url(url, &self->sites[i]);
        if (status < 0) {
            return status;
        }
    }
    self->count = OWN_SITES;
    return 0;
}

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->error = self->count == 0 ? start_own_servers(self) : parse_urls(self);
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }

    printf("One after another:\n");
    self->begin = weft_loop_time(weft_loop_running());
    for (self->i = 0; self->i < self->count; self->i++) {
        AWAIT(CALL(&self->check, check_site, .site = &self->sites[self->i]));
    }
    self->one_by_one = weft_loop_time(weft_loop_running()) - self->begin;
    print_sites(self->sites, self->count);

    printf("\nAll at once:\n");
    self->begin = weft_loop_time(weft_loop_running());
    for (int i = 0; i < self->count; i++) {
        self->jobs[i].task = SPAWN(check_site, .site = &self->sites[i]);
    }
    AWAIT(weft_gather(self->jobs, (size_t)self->count, 0));
    self->together = weft_loop_time(weft_loop_running()) - self->begin;
    weft_join_release(self->jobs, (size_t)self->count);
    print_sites(self->sites, self->count);

    printf("\n  %-34s %32s %6.3f s\n", "one after another", "",
           self->one_by_one);
    printf("  %-34s %32s %6.3f s   %.1f times as fast\n", "all at once", "",
           self->together, self->one_by_one / self->together);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    int status;

    if (argc - 1 > MOST_SITES) {
        fprintf(stderr, "at most %d URLs\n", MOST_SITES);
        return 2;
    }
#if defined(WEFT_WITH_TLS)
    status = weft_tls_context_open_client(&context, NULL);
    if (status < 0) {
        fprintf(stderr, "no TLS: %s\n", context.reason);
        return 1;
    }
#endif
    status = ASYNC_RUN(program, .count = argc - 1, .urls = argv + 1);
#if defined(WEFT_WITH_TLS)
    weft_tls_context_close(&context);
#endif
    return status < 0 ? 1 : 0;
}
