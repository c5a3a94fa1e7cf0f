/* gcc: 'frame' undeclared | clang: undeclared identifier 'frame' */
#include "weft.h"

int function(void);
int function(void)
{
#ifndef CORRECT
    AWAIT(weft_sleep(1));
#endif
    return 0;
}
