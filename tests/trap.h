/* trap.h - check that a function ends the program, and says why.
 *
 *     CHECK_TRAPS(resume_twice, "resumed after its end");
 *
 * The function runs in a child process, so the test goes on. On a device the
 * trap of firmware/libc jumps out of it.
 */
#ifndef TRAP_H
#define TRAP_H

#if !defined(WEFT_FREESTANDING)
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "check.h"

#define CHECK_TRAPS(function, text) \
    check_traps(__FILE__, __LINE__, (function), (text))

#if defined(WEFT_FREESTANDING)
void trap_catch(void (*function)(void), char *said, size_t size);
#else
/* What it says before it ends by SIGABRT; "" if it does not. */
static inline void trap_catch(void (*function)(void), char *said, size_t size)
{
    size_t length = 0;
    ssize_t got;
    int ends[2];
    int status = 0;
    pid_t child;

    if (pipe(ends) < 0) {
        return;
    }
    fflush(stdout);
    child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        function();
        _exit(0);
    }
    close(ends[1]);
    while ((got = read(ends[0], said + length, size - 1 - length)) > 0) {
        length += (size_t)got;
    }
    close(ends[0]);
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) {
        length = 0;
    }
    said[length] = '\0';
}
#endif

static inline int check_traps(const char *file, int line,
                              void (*function)(void), const char *text)
{
    char said[1024] = "";
    char message[1200];

    trap_catch(function, said, sizeof said);
    if (said[0] == '\0') {
        snprintf(message, sizeof message, "no trap: %s", text);
        return check_fail(file, line, message);
    }
    if (strstr(said, text) == NULL) {
        snprintf(message, sizeof message, "trapped with \"%s\", not \"%s\"",
                 said, text);
        return check_fail(file, line, message);
    }
    return 1;
}

#endif /* TRAP_H */
