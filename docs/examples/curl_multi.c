/* curl_multi.c - AWAIT what web servers answer: curl_multi URL... libcurl's
 * multi interface says what it waits for, and weft does the waiting. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <weft.h>

enum { MOST_URLS = 16 };
/* [http] */
static CURLM *multi; /* all requests of the loop */
static struct weft_timer timer;

struct http_get {
    struct weft_frame frame;
    const char *url;
    CURL *request;
    FILE *body; /* writes the text */
    struct weft_event end;
    long status; /* 0: there was no answer */
    char *text;  /* to be freed            */
    size_t size;
};

/* Let libcurl go on, and see what has come to its end. */
static void curl_act(curl_socket_t fd)
{
    struct http_get *get;
    CURLMsg *message;
    int count;

    curl_multi_socket_action(multi, fd, 0, &count);
    while ((message = curl_multi_info_read(multi, &count)) != NULL) {
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &get);
        weft_event_set(&get->end);
    }
}

struct watch {
    struct weft_handle reader, writer;
    curl_socket_t fd;
};

static void on_ready_or_time(void *arg)
{
    curl_act(arg != NULL ? ((struct watch *)arg)->fd : CURL_SOCKET_TIMEOUT);
}

/* libcurl asks for a call at a time; -1: not any more. */
static int want_time(CURLM *of, long milliseconds, void *user)
{
    (void)of, (void)user;
    weft_timer_cancel(&timer);
    if (milliseconds >= 0) {
        weft_call_later(weft_loop_current(), &timer,
                        (double)milliseconds / 1000, on_ready_or_time, NULL);
    }
    return 0;
}

/* libcurl asks for calls when a descriptor is ready. */
static int want_socket(CURL *request, curl_socket_t fd, int what, void *user,
                       void *known)
{
    struct weft_loop *loop = weft_loop_current();
    struct watch *watch = known != NULL ? known : calloc(1, sizeof *watch);

    (void)request, (void)user;
    if (watch == NULL) {
        return -1;
    }
    watch->fd = fd;
    curl_multi_assign(multi, fd, watch);
    weft_remove_reader(loop, fd);
    weft_remove_writer(loop, fd);
    if (what & CURL_POLL_IN) {
        weft_add_reader(loop, fd, &watch->reader, on_ready_or_time, watch);
    }
    if (what & CURL_POLL_OUT) {
        weft_add_writer(loop, fd, &watch->writer, on_ready_or_time, watch);
    }
    if (what == CURL_POLL_REMOVE) {
        free(watch); /* libcurl forgets it */
    }
    return 0;
}

static async http_get(struct weft_frame *frame)
{
    ASYNC_BEGIN(http_get);
    self->body = open_memstream(&self->text, &self->size);
    self->request = curl_easy_init();
    curl_easy_setopt(self->request, CURLOPT_URL, self->url);
    curl_easy_setopt(self->request, CURLOPT_PRIVATE, self);
    curl_easy_setopt(self->request, CURLOPT_WRITEDATA, self->body);
    if (self->body == NULL ||
        curl_multi_add_handle(multi, self->request) != CURLM_OK) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    AWAIT(weft_event_wait(&self->end));
    curl_easy_getinfo(self->request, CURLINFO_RESPONSE_CODE, &self->status);
    ASYNC_FINALLY
    curl_multi_remove_handle(multi, self->request);
    curl_easy_cleanup(self->request);
    if (self->body != NULL) {
        fclose(self->body);
    }
    ASYNC_END;
}
/* [http] */

struct program {
    struct weft_frame frame;
    size_t count;
    char **urls;
    struct http_get gets[MOST_URLS];
    struct weft_task tasks[MOST_URLS];
    struct weft_join jobs[MOST_URLS];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, want_socket);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, want_time);
    /* [use] */
    for (size_t i = 0; i < self->count; i++) {
        START(&self->tasks[i], &self->gets[i], http_get, .url = self->urls[i]);
        self->jobs[i].task = &self->tasks[i];
    }
    AWAIT(weft_gather(self->jobs, self->count, WEFT_RETURN_ERRORS));
    for (size_t i = 0; i < self->count; i++) {
        printf("%ld %s", self->gets[i].status,
               self->gets[i].status == 200 ? self->gets[i].text : "\n");
        free(self->gets[i].text);
    }
    /* [use] */
    ASYNC_FINALLY
    weft_join_release(self->jobs, self->count);
    curl_multi_cleanup(multi);
    weft_timer_cancel(&timer);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    return argc - 1 > MOST_URLS ||
           ASYNC_RUN(program, .count = (size_t)argc - 1, .urls = argv + 1) < 0;
}
