/* scandir.c - how many files of which kind are below a directory. */
#include <stdio.h>
#include <weft.h>

struct program {
    struct weft_frame frame;
    struct weft_walk walk;
    int headers;
};

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name);
    size_t size = strlen(end);

    return length >= size && strcmp(name + length - size, end) == 0;
}

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    ASYNC_GENERATOR(&self->walk, weft_walk, .path = "include");
    ASYNC_FOR(&self->walk) {
        if (self->walk.value.kind == WEFT_FILE_REGULAR &&
            ends_with(self->walk.value.name, ".h")) {
            self->headers++;
        }
    }
    printf("more than 50 headers: %s\n", self->headers > 50 ? "yes" : "no");
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
