/* file.c - write a file, and read it line by line. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <weft.h>

struct program {
    struct weft_frame frame;
    char path[32];
    struct weft_file file;
    struct weft_lines lines;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    snprintf(self->path, sizeof self->path, "/tmp/weft-%ld", (long)getpid());
    /* [write] */
    ASYNC_WITH(&self->file, weft_file_open(&self->file, self->path,
                                           O_WRONLY | O_CREAT, 0600)) {
        AWAIT(weft_file_write(&self->file, "warp\nweft\n", 10));
        AWAIT(weft_file_sync(&self->file));
    }
    /* [write] */
    /* [lines] */
    ASYNC_WITH(&self->file,
               weft_file_open(&self->file, self->path, O_RDONLY, 0)) {
        ASYNC_GENERATOR(&self->lines, weft_lines, .file = &self->file);
        ASYNC_FOR(&self->lines) {
            printf("%s\n", self->lines.value.text);
        }
    }
    /* [lines] */
    ASYNC_FINALLY
    unlink(self->path);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
