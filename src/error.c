/* error.c - names and texts of all codes. */
#include "weft/error.h"

#if !defined(WEFT_FREESTANDING)
#include <errno.h>
#include <string.h>

/* The numbers in error.h are those of this libc. */
_Static_assert(WEFT_ENOMEM == -ENOMEM && WEFT_EINVAL == -EINVAL,
               "this system numbers its errors differently");

/* The ones that network programs meet; strerror has their texts. */
#define SYSTEM_ERRORS(X) \
    X(EPERM)             \
    X(ENOENT)            \
    X(EINTR)             \
    X(EIO)               \
    X(EBADF)             \
    X(EAGAIN)            \
    X(EACCES)            \
    X(EEXIST)            \
    X(EMFILE)            \
    X(ENFILE)            \
    X(EPIPE)             \
    X(ENOTSOCK)          \
    X(ENOTSUP)           \
    X(EADDRINUSE)        \
    X(EADDRNOTAVAIL)     \
    X(ENETUNREACH)       \
    X(EHOSTUNREACH)      \
    X(ECONNREFUSED)      \
    X(ECONNRESET)        \
    X(ECONNABORTED)      \
    X(ENOTCONN)          \
    X(EISCONN)           \
    X(EMSGSIZE)          \
    X(EAFNOSUPPORT)      \
    X(ETIMEDOUT)         \
    X(ENOBUFS)
#else
#define SYSTEM_ERRORS(X)
#endif

/* Two switches and no table: a linker that throws away what nobody calls knows
 * whose their texts are, and a device without messages does not carry them. */
const char *weft_error_name(int code)
{
    switch (code) {
/* clang-format off */
#define ERROR_NAME(name, distance, text) case WEFT_E##name: return "E" #name;
    WEFT_ERRORS(ERROR_NAME)
#undef ERROR_NAME
#define SYSTEM_ERROR_NAME(name) case -name: return #name;
    SYSTEM_ERRORS(SYSTEM_ERROR_NAME)
#undef SYSTEM_ERROR_NAME
    case WEFT_ENOMEM: return "ENOMEM";
    case WEFT_EINVAL: return "EINVAL";
    /* clang-format on */
    default:
        break;
    }
    if (code >= 0) {
        return "OK";
    }
    return code <= WEFT_EUSER ? "EUSER" : "ESYSTEM";
}

const char *weft_error_message(int code)
{
    switch (code) {
/* clang-format off */
#define ERROR_MESSAGE(name, distance, text) case WEFT_E##name: return text;
    WEFT_ERRORS(ERROR_MESSAGE)
#undef ERROR_MESSAGE
    case WEFT_ENOMEM: return "out of memory";
    case WEFT_EINVAL: return "invalid argument";
    /* clang-format on */
    default:
        break;
    }
    if (code >= 0) {
        return "success";
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
