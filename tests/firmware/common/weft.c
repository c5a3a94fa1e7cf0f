/* weft.c - the library, once in each image. */
#define WEFT_IMPLEMENTATION
#include <weft.h>
