/* undef.h - take the short words away again: see macros/weft/undef.h, which
 * this finds for `#include <weft/undef.h>`. */
#include "../../macros/weft/undef.h"
