/* main.c - the unit tests in one image, one program after the other. TESTS is
 * X(name) for each of the files, and their main() is called main_of_name. */
#include "../common/board.h"
#include "stdio.h"

#define X(name) int main_of_##name(int argc, char **argv);
TESTS
#undef X

int main(void)
{
    int failed = 0;

    board_open(NULL);
#define X(name)            \
    printf("%s\n", #name); \
    failed += main_of_##name(1, NULL);
    TESTS
#undef X
    return failed > 0;
}
