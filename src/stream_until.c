/* stream_until.c - reading up to a separator, or to the first of several. */
#include "weft/stream.h"

/* One text is as good as an array of one. */
static struct iovec separator_at(const struct weft_stream *stream, size_t i)
{
    const char *text = stream->separators;
    const struct iovec *several = stream->separators;

    return stream->separator_count > 0
               ? several[i]
               : (struct iovec){(void *)(uintptr_t)text, strlen(text)};
}

static size_t count_of_separators(const struct weft_stream *stream)
{
    return stream->separator_count > 0 ? stream->separator_count : 1;
}

static size_t longest_separator(const struct weft_stream *stream)
{
    size_t longest = 0;

    for (size_t i = 0; i < count_of_separators(stream); i++) {
        size_t size = separator_at(stream, i).iov_len;

        longest = size > longest ? size : longest;
    }
    return longest;
}

/* Where the first of these bytes ends, in what was not searched yet; 0: there
 * is none. */
static size_t find_end(const struct weft_stream *stream,
                       const struct iovec *separator)
{
    const char *start = weft_buffer_data(&stream->in);
    const char *wanted = separator->iov_base;
    size_t length = separator->iov_len;
    size_t at = stream->searched;

    while (at + length <= stream->in.size) {
        const char *first =
            memchr(start + at, wanted[0], stream->in.size - at - length + 1);

        if (first == NULL) {
            return 0;
        }
        at = (size_t)(first - start);
        if (memcmp(first, wanted, length) == 0) {
            return at + length;
        }
        at++;
    }
    return 0;
}

/* The first end of any. */
static size_t find_first_end(const struct weft_stream *stream)
{
    size_t first = 0;

    for (size_t i = 0; i < count_of_separators(stream); i++) {
        struct iovec separator = separator_at(stream, i);
        size_t end = find_end(stream, &separator);

        if (end > 0 && (first == 0 || end < first)) {
            first = end;
        }
    }
    return first;
}

static int try_readuntil(struct weft_stream *stream, void *data, size_t size)
{
    struct weft_buffer *in = &stream->in;
    size_t longest = longest_separator(stream);

    for (;;) {
        size_t end = find_first_end(stream);
        int count;

        if (end > size || (end == 0 && in->size >= size)) {
            return WEFT_ELIMIT;
        }
        if (end > 0) {
            return weft_stream_take_(stream, data, end);
        }
        if (in->size >= longest) { /* the next may have begun already */
            stream->searched = in->size - longest + 1;
        }
        count = weft_stream_fill_(stream);
        if (count == 0) {
            stream->partial = in->size;
            weft_stream_take_(stream, data, in->size);
            return WEFT_EINCOMPLETEREAD;
        }
        if (count < 0) {
            return count;
        }
    }
}

static int resume_readuntil(struct weft_task *task, int status);

static const struct weft_wait_kind readuntil_wait = {
    {weft_task_run_, "stream readuntil", weft_task_itself_},
    resume_readuntil,
    weft_task_withdraw_};

static int resume_readuntil(struct weft_task *task, int status)
{
    return weft_stream_resume_read_(task, status, &readuntil_wait,
                                    try_readuntil);
}

static struct weft_op read_up_to(struct weft_stream *stream, void *data,
                                 size_t size, const void *separators,
                                 size_t count)
{
    if (stream->reader != NULL) {
        return weft_op_(WEFT_EBUSY); /* whose separators these are not */
    }
    stream->partial = 0;
    stream->separators = separators;
    stream->separator_count = count;
    return weft_stream_start_read_(stream, data, size, &readuntil_wait,
                                   try_readuntil);
}

struct weft_op weft_stream_readuntil(struct weft_stream *stream, void *data,
                                     size_t size, const char *separator)
{
    return separator[0] == '\0' ? weft_op_(WEFT_EINVAL)
                                : read_up_to(stream, data, size, separator, 0);
}

struct weft_op weft_stream_readuntil_any(struct weft_stream *stream, void *data,
                                         size_t size,
                                         const struct iovec *separators,
                                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (separators[i].iov_len == 0) {
            return weft_op_(WEFT_EINVAL);
        }
    }
    return count == 0 ? weft_op_(WEFT_EINVAL)
                      : read_up_to(stream, data, size, separators, count);
}
