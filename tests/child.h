/* child.h - run something that must trap, and read what it says.
 *
 *     CHECK_TRAPS(resume_twice, "resumed after its end");
 *
 * The function runs in a child process, which has to end in abort() after
 * writing the words to stderr.
 */
#ifndef CHILD_H
#define CHILD_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define CHECK_TRAPS(run, words) \
    check_traps(__FILE__, __LINE__, (run), (words))

static inline void child_run(void (*run)(void), int output)
{
    const struct rlimit no_core = {0, 0};

    dup2(output, STDERR_FILENO);
    setrlimit(RLIMIT_CORE, &no_core);
    run();
    _exit(0);
}

/* Its exit status, and what it wrote to stderr. */
static inline int child_wait(void (*run)(void), char *text, size_t size)
{
    int ends[2];
    size_t used = 0;
    ssize_t got;
    int status = 0;
    pid_t child;

    fflush(NULL);
    if (pipe(ends) < 0 || (child = fork()) < 0) {
        return -1;
    }
    if (child == 0) {
        close(ends[0]);
        child_run(run, ends[1]);
    }
    close(ends[1]);
    while ((got = read(ends[0], text + used, size - 1 - used)) > 0) {
        used += (size_t)got;
    }
    text[used] = '\0';
    close(ends[0]);
    return waitpid(child, &status, 0) == child ? status : -1;
}

static inline int check_traps(const char *file, int line, void (*run)(void),
                              const char *words)
{
    char text[4096];
    int status = child_wait(run, text, sizeof text);

    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) {
        return check_fail(file, line, "it did not abort");
    }
    if (strstr(text, words) == NULL) {
        printf("  %s:%d: expected \"%s\"\n", file, line, words);
        return check_fail(file, line, text);
    }
    return 1;
}

#endif /* CHILD_H */
