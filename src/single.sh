#!/bin/sh
# single.sh [core] - print weft as one file: weft.h, or weft_core.h with layers
# 0 to 4 only. The code is the business of single.awk; what comes before it is
# the manual: text that is here, a program of docs/, and what the headers say of
# themselves.
set -eu
cd "$(dirname "$0")/.."
core=${1:+1}

# The switches, out of the card of config.h.
switches() {
    awk -v core="$core" '
        /^ \*\// { exit }
        /^ \* WEFT_/ {
            shown = !core || $2 !~ /_(FREESTANDING|NO_POSIX|NO_EV|WITH_.*|BARE)$/
        }
        shown { print "   " substr($0, 3) }' include/weft/config.h
}

# The program without its comments, with the name that weft has here.
program() {
    sed -e '/^\/\*/d' -e '/define WEFT_FREESTANDING/d' -e 's| */\*.*\*/$||' \
        -e 's/^\(#define .*\) 1$/\1/' -e "s|<weft.h>|\"$name\"|" \
        -e 's/^./    &/' "$1"
}

version=$(sed -n 's/^#define WEFT_VERSION "\(.*\)"/\1/p' include/weft/config.h)
if [ -n "$core" ]; then
    name=weft_core.h
    what="the core of asyncio for C"
    example=docs/howto/use-the-core-alone.c
    libraries=
    needs="No libc, no heap, no system: the loop is handed a driver with a clock."
else
    name=weft.h
    what="asyncio for C"
    example=docs/howto/use-one-file.c
    libraries=" -lev"
    needs="With libev (libev-dev, libev-devel): sockets, servers, processes, files,
signals and threads."
fi

cat <<END
/* $name - $what, in one file. Version $version.

Coroutines that are plain C functions, tasks, timeouts, locks, queues, groups
and cancellation, as in CPython's asyncio and in the same order.
$needs

Include it wherever you like. In exactly one C file, say

    #define WEFT_IMPLEMENTATION
    #include "$name"

before all other headers, and you have the functions as well. It is C11; C++
may include it, but not implement it.

    cc app.c$libraries

A PROGRAM

$(program "$example")

SWITCHES, to be defined before the first include or on the command line; the
same in all files, but for the first two and WEFT_NO_SHORT_NAMES.

$(switches)

PARTS. Each opens with a comment: what it is, what it is in Python, what it
costs, and an example. Search for the name.
$(awk -v core="$core" -v show=parts -f src/single.awk)

All functions and structs begin with weft_. But the implementation brings the
system's headers into its file, and some enums: if one of your names collides,
let it have a file with nothing else in it. AWAIT, YIELD, CALL, SPAWN and START
may be undefined after the last coroutine of a file.

Made from the tree by "make single${core:+-core}": change it there.
$(grep '^Licence: ' README.md)
*/
END
[ -z "$core" ] || cat <<END
#if !defined(WEFT_FREESTANDING)
#define WEFT_FREESTANDING
#endif

END
cat <<END
#if defined(WEFT_STATIC)
#if !defined(WEFT_IMPLEMENTATION)
#define WEFT_IMPLEMENTATION
#endif
#if defined(__GNUC__)
#define WEFT_API static __attribute__((unused))
#else
#define WEFT_API static
#endif
#define WEFT_DEFINED_ static
#else
#define WEFT_API extern
#define WEFT_DEFINED_
#endif

END
awk -v core="$core" -f src/single.awk
