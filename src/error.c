/* error.c - names and texts of all codes. */
#include "weft/error.h"

#if !defined(WEFT_FREESTANDING)
#include <errno.h>
#include <string.h>

/* The numbers in error.h are those of this libc. */
_Static_assert(WEFT_ENOMEM == -ENOMEM && WEFT_EINVAL == -EINVAL,
               "this system numbers its errors differently");
#endif

static const struct error_text {
    const char *name;
    const char *message;
    int code;
} error_texts[] = {
/* clang-format off */
#define ERROR_TEXT(name, distance, text) {"E" #name, text, WEFT_E##name},
    WEFT_ERRORS(ERROR_TEXT)
#undef ERROR_TEXT
    /* clang-format on */
    {"ENOMEM", "out of memory", WEFT_ENOMEM},
    {"EINVAL", "invalid argument", WEFT_EINVAL},
#if !defined(WEFT_FREESTANDING)
    /* The ones that network programs meet; strerror has their texts. */
    {"EPERM", NULL, -EPERM},
    {"ENOENT", NULL, -ENOENT},
    {"EINTR", NULL, -EINTR},
    {"EIO", NULL, -EIO},
    {"EBADF", NULL, -EBADF},
    {"EAGAIN", NULL, -EAGAIN},
    {"EACCES", NULL, -EACCES},
    {"EEXIST", NULL, -EEXIST},
    {"EMFILE", NULL, -EMFILE},
    {"ENFILE", NULL, -ENFILE},
    {"EPIPE", NULL, -EPIPE},
    {"ENOTSOCK", NULL, -ENOTSOCK},
    {"ENOTSUP", NULL, -ENOTSUP},
    {"EADDRINUSE", NULL, -EADDRINUSE},
    {"EADDRNOTAVAIL", NULL, -EADDRNOTAVAIL},
    {"ENETUNREACH", NULL, -ENETUNREACH},
    {"EHOSTUNREACH", NULL, -EHOSTUNREACH},
    {"ECONNREFUSED", NULL, -ECONNREFUSED},
    {"ECONNRESET", NULL, -ECONNRESET},
    {"ECONNABORTED", NULL, -ECONNABORTED},
    {"ENOTCONN", NULL, -ENOTCONN},
    {"EISCONN", NULL, -EISCONN},
    {"EMSGSIZE", NULL, -EMSGSIZE},
    {"EAFNOSUPPORT", NULL, -EAFNOSUPPORT},
    {"ETIMEDOUT", NULL, -ETIMEDOUT},
    {"ENOBUFS", NULL, -ENOBUFS},
#endif
};

static const struct error_text *find_error(int code)
{
    size_t count = sizeof error_texts / sizeof error_texts[0];

    for (size_t i = 0; i < count; i++) {
        if (error_texts[i].code == code) {
            return &error_texts[i];
        }
    }
    return NULL;
}

const char *weft_error_name(int code)
{
    const struct error_text *error = find_error(code);

    if (code >= 0) {
        return "OK";
    }
    if (error != NULL) {
        return error->name;
    }
    return code <= WEFT_EUSER ? "EUSER" : "ESYSTEM";
}

const char *weft_error_message(int code)
{
    const struct error_text *error = find_error(code);

    if (code >= 0) {
        return "success";
    }
    if (error != NULL && error->message != NULL) {
        return error->message;
    }
    if (code <= WEFT_EUSER) {
        return "an error of the application";
    }
#if !defined(WEFT_FREESTANDING)
    return strerror(-code);
#else
    return "an error of the system";
#endif
}
