/* crawler.c - follow the links of web pages.
 *
 *     crawler http://127.0.0.1:8000/ [DEPTH]
 *     crawler                  two sites of its own, with a dead link or two
 *
 * A queue has the pages that are known and not yet fetched: the frontier.
 * WORKERS tasks take from it, fetch, and put in what they find. Each site has a
 * semaphore, so that nobody is asked for more than PER_SITE pages at once. When
 * every page that was put is done, the queue's join returns, and that is the
 * end. Only http:// is spoken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weft.h>

enum { WORKERS = 6, PER_SITE = 2, MOST_SITES = 16, MOST_PAGES = 512 };
enum { TEXT = 1 << 16 };

struct site {
    char host[128], port[8];
    struct weft_semaphore slots;
};

struct page {
    struct site *site;
    char path[256];
    int depth;
    char status[64]; /* "200", or what went wrong */
    int links;       /* on it */
};

static struct site sites[MOST_SITES];
static struct page pages[MOST_PAGES];
static size_t site_count, page_count, done_count;
static int depth_limit = 3;
static double patience = 10;       /* seconds for a page */
static struct weft_queue frontier; /* of pointers to pages */

/* ---- What is known ---- */

static struct site *find_site(const char *host, const char *port)
{
    for (size_t i = 0; i < site_count; i++) {
        if (strcmp(sites[i].host, host) == 0 &&
            strcmp(sites[i].port, port) == 0) {
            return &sites[i];
        }
    }
    if (site_count == MOST_SITES) {
        return NULL;
    }
    snprintf(sites[site_count].host, sizeof sites->host, "%s", host);
    snprintf(sites[site_count].port, sizeof sites->port, "%s", port);
    weft_semaphore_init(&sites[site_count].slots, PER_SITE);
    return &sites[site_count++];
}

/* A page that is new goes to the frontier. */
static void add_page(struct site *site, const char *path, int depth)
{
    struct page *page = &pages[page_count];

    for (size_t i = 0; i < page_count; i++) {
        if (pages[i].site == site && strcmp(pages[i].path, path) == 0) {
            return;
        }
    }
    if (site == NULL || depth > depth_limit || page_count == MOST_PAGES ||
        strlen(path) >= sizeof page->path || path[0] != '/' ||
        path[strcspn(path, " \t\r\n")] != '\0') {
        return;
    }
    page->site = site;
    page->depth = depth;
    snprintf(page->path, sizeof page->path, "%s", path);
    if (weft_queue_put_nowait(&frontier, &page) == 0) {
        page_count++;
    }
}

/* "http://host:port/path", "/path", or a name beside `base`, which may be
 * NULL. False for what is none of them. */
static bool add_link(const struct page *base, const char *link, int depth)
{
    char host[128], port[8] = "80", path[512] = "/";
    size_t folder;

    if (strncmp(link, "http://", 7) == 0) {
        if (sscanf(link, "http://%127[^:/#]:%7[0-9]%511[^#]", host, port,
                   path) < 2 &&
            sscanf(link, "http://%127[^:/#]%511[^#]", host, path) < 1) {
            return false;
        }
        add_page(find_site(host, port), path, depth);
        return true;
    }
    if (base == NULL || link[strcspn(link, ":/#")] == ':') {
        return false; /* mailto: and their like */
    }
    folder = link[0] == '/'
                 ? 0
                 : (size_t)(strrchr(base->path, '/') - base->path) + 1;
    snprintf(path, sizeof path, "%.*s%.*s", (int)folder, base->path,
             (int)strcspn(link, "#"), link);
    add_page(base->site, path, depth);
    return true;
}

/* Each href="..." of the text. */
static void add_links(struct page *page, char *text)
{
    char *end;

    while ((text = strstr(text, "href=\"")) != NULL) {
        text += strlen("href=\"");
        end = strchr(text, '"');
        if (end == NULL) {
            break;
        }
        *end = '\0';
        page->links += add_link(page, text, page->depth + 1);
        text = end + 1;
    }
}

/* ---- Fetching ---- */

struct fetch {
    struct weft_frame frame;
    struct page *page;
    char *text; /* TEXT bytes */
    struct weft_open_connection connect;
    struct weft_stream stream;
    int size;
};

static async fetch(struct weft_frame *frame)
{
    ASYNC_BEGIN(fetch);
    AWAIT(CALL(&self->connect, weft_open_connection, .stream = &self->stream,
               .host = self->page->site->host, .port = self->page->site->port));
    self->size = snprintf(
        self->text, TEXT, "GET %s HTTP/1.0\r\nHost: %s:%s\r\n\r\n",
        self->page->path, self->page->site->host, self->page->site->port);
    weft_stream_write(&self->stream, self->text, (size_t)self->size);
    self->size = 0;
    do {
        AWAIT(weft_stream_read(&self->stream, self->text + self->size,
                               (size_t)(TEXT - 1 - self->size)));
        self->size += frame->value;
    } while (frame->value > 0); /* to the end, or until it is full */
    self->text[self->size] = '\0';
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

struct worker {
    struct weft_frame frame;
    struct page *page;
    struct fetch fetch;
    struct weft_wait_for limit;
    struct weft_semaphore_guard guard;
    char text[TEXT];
    int error;
};

static void look_at(struct page *page, char *text)
{
    if (sscanf(text, "HTTP/1.%*d %63[0-9]", page->status) != 1) {
        snprintf(page->status, sizeof page->status, "no HTTP");
    } else if (strcmp(page->status, "200") == 0) {
        add_links(page, text);
    }
}

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    for (;;) {
        AWAIT(weft_queue_get(&frontier, &self->page));
        ASYNC_TRY {
            ASYNC_WITH(
                &self->guard,
                weft_semaphore_guard(&self->guard, &self->page->site->slots)) {
                AWAIT(
                    weft_wait_for(&self->limit,
                                  CALL(&self->fetch, fetch, .page = self->page,
                                       .text = self->text),
                                  patience));
            }
            look_at(self->page, self->text);
        }
        ASYNC_CATCH(self->error) {
            snprintf(self->page->status, sizeof self->page->status, "%s",
                     weft_error_name(self->error));
        }
        done_count++;
        weft_queue_task_done(&frontier);
    }
    ASYNC_END;
}

struct progress {
    struct weft_frame frame;
};

static async progress(struct weft_frame *frame)
{
    ASYNC_BEGIN(progress);
    for (;;) {
        fprintf(stderr, "\r%zu of %zu pages", done_count, page_count);
        AWAIT(weft_sleep(0.1));
    }
    ASYNC_FINALLY
    fprintf(stderr, "\r%zu of %zu pages\n", done_count, page_count);
    ASYNC_END;
}

struct crawl {
    struct weft_frame frame;
    const char *start;
    struct weft_group group;
};

static async crawl(struct weft_frame *frame)
{
    ASYNC_BEGIN(crawl);
    weft_queue_init(&frontier, sizeof(struct page *), 0);
    if (!add_link(NULL, self->start, 0)) {
        ASYNC_RAISE(WEFT_EINVAL);
    }
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        for (int i = 0; i < WORKERS; i++) {
            weft_task_release(weft_group_spawn(&self->group, worker));
        }
        if (isatty(STDERR_FILENO)) {
            weft_task_release(weft_group_spawn(&self->group, progress));
        }
        AWAIT(weft_queue_join(&frontier)); /* until every page is done */
        weft_group_cancel(&self->group);
    }
    ASYNC_FINALLY
    weft_queue_close(&frontier);
    ASYNC_END;
}

/* ---- Two sites of our own ---- */

/* The first is of site 0, the other one's address is put in for its %s. */
static const struct own_page {
    int site;
    const char *path, *text;
} own_pages[] = {
    {0, "/",
     "href=\"one.html\" href=\"/two.html\" href=\"%s/\" href=\"#top\" "
     "href=\"mailto:nobody@example.org\" href=\"https://example.org/\""},
    {0, "/one.html", "href=\"/\" href=\"deep/\" href=\"two.html#part\""},
    {0, "/two.html", "href=\"gone.html\" href=\"%s/3\" href=\"not ended"},
    {0, "/deep/", "href=\"deeper.html\" href=\"http://127.0.0.1:1/\""},
    {0, "/deep/deeper.html", "href=\"too-deep.html\""},
    {1, "/", "href=\"1\" href=\"2\" href=\"3\" href=\"4\" href=\"5\""},
    {1, "/1", "href=\"%s/\""},
    {1, "/2", "href=\"/never\" no=\"link\""},
    {1, "/3", "href=\"/a b\""},
    {1, "/4", "href=\"/silent\""},
};

static struct own_site {
    struct weft_server server;
    char address[64];
    int busy, most; /* requests at once */
} own_sites[2];

struct own {
    struct weft_frame frame;
    struct weft_stream *stream;
    struct own_site *site;
    char path[64], line[1024];
};

static void answer(struct own *self)
{
    int number = self->site == &own_sites[1];
    int length = snprintf(self->line, sizeof self->line,
                          "HTTP/1.0 404 Not Found\r\n\r\n<a href=\"/\">");

    for (size_t i = 0; i < sizeof own_pages / sizeof *own_pages; i++) {
        if (own_pages[i].site == number &&
            strcmp(own_pages[i].path, self->path) == 0) {
            length = snprintf(self->line, sizeof self->line,
                              "HTTP/1.0 200 OK\r\n\r\n");
            length += snprintf(self->line + length,
                               sizeof self->line - (size_t)length,
                               own_pages[i].text, own_sites[!number].address);
        }
    }
    if (strcmp(self->path, "/silent") != 0) {
        weft_stream_write(self->stream, self->line, (size_t)length);
    }
}

static async own(struct weft_frame *frame)
{
    ASYNC_BEGIN(own);
    self->site = weft_server_of(self->stream)->user;
    self->site->busy++;
    if (self->site->busy > self->site->most) {
        self->site->most = self->site->busy;
    }
    AWAIT(weft_stream_readline(self->stream, self->line, sizeof self->line));
    sscanf(self->line, "GET %63s", self->path);
    do {
        AWAIT(
            weft_stream_readline(self->stream, self->line, sizeof self->line));
    } while (frame->value > 2);
    AWAIT(weft_sleep(strcmp(self->path, "/never") == 0 ? 600 : 0.01));
    answer(self);
    ASYNC_FINALLY
    self->site->busy--;
    ASYNC_END;
}

/* ---- The program ---- */

static int compare_pages(const void *one, const void *other)
{
    const struct page *a = one, *b = other;

    return a->site != b->site ? (a->site > b->site) - (a->site < b->site)
                              : strcmp(a->path, b->path);
}

static void print_pages(void)
{
    qsort(pages, page_count, sizeof *pages, compare_pages);
    for (size_t i = 0; i < page_count; i++) {
        printf("site %d  %-20s depth %d  %s", (int)(pages[i].site - sites),
               pages[i].path, pages[i].depth, pages[i].status);
        printf(pages[i].links > 0 ? ", %d links\n" : "\n", pages[i].links);
    }
}

struct program {
    struct weft_frame frame;
    const char *start; /* NULL: our own */
    struct crawl crawl;
    int status;
};

static int start_own_sites(void)
{
    int status = 0;

    for (int i = 0; i < 2 && status == 0; i++) {
        struct weft_server *server = &own_sites[i].server;

        server->user = &own_sites[i];
        status = weft_start_server(server, WEFT_CLIENT(own), "127.0.0.1", "0");
        snprintf(own_sites[i].address, sizeof own_sites[i].address,
                 "http://127.0.0.1:%d", server->port);
    }
    return status;
}

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    if (self->start == NULL) {
        patience = 0.5;
        self->status = start_own_sites();
        if (self->status < 0) {
            ASYNC_RAISE(self->status);
        }
    }
    AWAIT(CALL(&self->crawl, crawl,
               .start =
                   self->start != NULL ? self->start : own_sites[0].address));
    print_pages();
    if (self->start == NULL) {
        printf("requests at once: %d and %d\n", own_sites[0].most,
               own_sites[1].most);
    }
    ASYNC_FINALLY
    for (self->status = 0; self->status < 2; self->status++) {
        weft_server_close(&own_sites[self->status].server);
        weft_server_close_clients(&own_sites[self->status].server);
        AWAIT(weft_server_wait_closed(&own_sites[self->status].server));
    }
    ASYNC_END;
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        depth_limit = atoi(argv[2]);
    }
    return ASYNC_RUN(program, .start = argc > 1 ? argv[1] : NULL) ? 1 : 0;
}
