#!/usr/bin/env bash
# ways.sh [OUT] - do the four ways to use weft work, and elsewhere than here?
#
#   tree      -I include, and WEFT_IMPLEMENTATION in one file
#   library   installed in a folder, and its headers
#   file      build/single/weft.h
#   core      build/single/weft_core.h
#
# For gcc and clang, the implementation is compiled once for each way, and tests
# are linked with it: one of SHARE=20, others for each commit, or all with
# SHARE=1. Then what newcomers do with each: the program of the manual, projects
# for pkg-config and CMake, C++, other standards, 32 bits, tcc. All of it in a
# folder outside of the tree. OUT is the folder of the build that is installed.
# Prints "ok ..." and "FAIL ..." lines.
set -u
cd "$(dirname "$0")/.." || exit 1
tree=$PWD
out=${1:-${OUT:-build/default}}
share=${SHARE:-20}
turn=${TURN:-$((16#$(git rev-parse --short=6 HEAD 2>/dev/null || echo 0)))}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
processors=$(nproc 2>/dev/null || echo 2)
strict="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
    -Wimplicit-fallthrough"
failed=0
export LC_ALL=C

# check NAME COMMAND... - it must succeed; what it says is shown if it does not.
check() {
    local name=$1
    shift
    if "$@" >"$tmp/log" 2>&1; then
        echo "ok $name"
    else
        echo "FAIL $name: $*"
        sed 's/^/    /' "$tmp/log" | head -n 20
        failed=1
    fi
}

# says NAME EXPECTED COMMAND... - and print exactly that.
says() {
    local name=$1 expected=$2 got
    shift 2
    got=$("$@" 2>&1)
    if [ $? = 0 ] && [ "$got" = "$expected" ]; then
        echo "ok $name"
    else
        echo "FAIL $name: $*"
        diff <(echo "$expected") <(echo "$got") | sed 's/^/    /' |
            head -n 20
        failed=1
    fi
}

has() {
    command -v "$1" >/dev/null && return
    echo "skip $2: no $1"
    return 1
}

# ---- The tests, linked with the implementation ----

# Those that are not about switches, the tree or the archive, and bring no weft
# of their own (chip.h). Of each SHARE one.
share_of() {
    grep -L -e '#define WEFT_' -e '"weft/' -e 'macros/weft' -e '"chip.h"' "$@" |
        grep -v -e test_tls -e test_run_sim |
        awk -v share="$share" -v turn="$turn" 'NR % share == turn % share'
}

# Those that are named as a part of the core, and need no more.
core_tests() {
    awk -v core=1 -v show=parts -f src/single.awk |
        sed -n 's/^ *\([a-z_]*\)\.h .*/\1/p' | while read -r part; do
        ls "tests/test_$part.c" "tests/test_${part}_"*.c 2>/dev/null
    done | sort -u | grep -v -e test_allocator -e test_asyncgen_run \
        -e test_error -e test_loop_threads -e test_run -e test_task_memory \
        -e test_task_stack
}

# compile_and_run FOLDER "COMMAND" "LIBRARIES" TEST...
compile_and_run() {
    local folder=$1 command=$2 libraries=$3
    shift 3
    rm -rf "$folder" && mkdir -p "$folder"
    printf '%s\n' "$@" | xargs -P "$processors" -I{} sh -c \
        "$command -Itests -o $folder/\$(basename {} .c) {} $libraries" &&
        tests/run.sh "$folder" "$folder"/test_*
}

# run_tests WAY CC "FLAGS" "LIBRARIES" TEST...
run_tests() {
    local way=$1 cc=$2 flags=$3 libraries=$4
    shift 4
    check "$way, $cc: $(basename -as .c "$@" | sed 's/^test_//' |
        tr '\n' ' ')" compile_and_run "$tmp/tests" \
        "$cc -std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Wpedantic -Werror $flags" \
        "$libraries" "$@"
}

# ---- What there is to be used ----

printf '#define WEFT_IMPLEMENTATION\n#include "weft.h"\n' >"$tmp/weft.c"
printf '#define WEFT_IMPLEMENTATION\n#include "weft_core.h"\n' >"$tmp/core.c"
# The core's headers by the name that the tests know, and a port for them.
mkdir "$tmp/core"
echo '#include "weft_core.h"' >"$tmp/core/weft.h"
cat >"$tmp/port.c" <<END
#include <stdio.h>
#include <stdlib.h>
#include "weft_core.h"
weft_ticks weft_port_now(void) { return 0; }
void weft_port_idle(weft_ticks timeout) { (void)timeout; }
unsigned weft_port_enter(void) { return 0; }
void weft_port_exit(unsigned state) { (void)state; }
void weft_port_trap(const char *message, const char *name, const char *file,
                    int line)
{
    fprintf(stderr, "weft: %s at %s:%d: %s\n", name, file, line, message);
    abort();
}
END

single=$tree/build/single
to=$tmp/installed
install() {
    env PREFIX="$to" LIBDIR=lib DESTDIR= src/install.sh "$1" "$out"
}
check "installs" install install

# ---- The four ways, with both compilers ----

for cc in gcc clang; do
    has $cc "all four ways" || continue
    check "tree, $cc compiles it" $cc -std=c11 $strict -Iinclude -c \
        -o "$tmp/tree.o" "$tmp/weft.c"
    run_tests tree $cc -Iinclude "$tmp/tree.o -lev -lpthread" \
        $(share_of tests/test_*.c)
    run_tests library $cc "-I$to/include" \
        "-L$to/lib -Wl,-rpath,$to/lib -lweft -lev" $(share_of tests/test_*.c)
    check "file, $cc compiles it" $cc -std=c11 $strict -I"$single" -c \
        -o "$tmp/file.o" "$tmp/weft.c"
    run_tests file $cc "-I$single" "$tmp/file.o -lev -lpthread" \
        $(share_of tests/test_*.c)
    check "core, $cc compiles it" $cc -std=c11 $strict -I"$single" -c \
        -o "$tmp/core.o" "$tmp/core.c"
    run_tests core $cc "-I$tmp/core -I$single" "$tmp/core.o $tmp/port.c" \
        $(share_of $(core_tests))

    for standard in c17 c2x gnu11; do
        check "file, $cc -std=$standard" $cc -std=$standard $strict \
            -I"$single" -fsyntax-only "$tmp/weft.c"
        check "core, $cc -std=$standard" $cc -std=$standard $strict \
            -I"$single" -fsyntax-only "$tmp/core.c"
    done
    for switches in -DWEFT_NO_EV -DWEFT_NO_POSIX -DWEFT_NO_SHORT_NAMES \
        "-DWEFT_STATIC -DWEFT_NO_EV"; do
        check "file, $cc $switches" $cc -std=c11 $strict $switches \
            -I"$single" -fsyntax-only "$tmp/weft.c"
    done
    check "file, $cc with TLS and c-ares, where they are" \
        $cc -std=c11 $strict -I"$single" -fsyntax-only "$tmp/weft.c" \
        $([ -e "$out/libweft-tls.a" ] && echo -DWEFT_WITH_TLS) \
        $([ -e "$out/libweft-cares.a" ] && echo -DWEFT_WITH_CARES)
done

# ---- One file ----

# The manual at the top of it is for people who have nothing else.
mkdir "$tmp/new"
cp "$single"/*.h "$tmp/new"
program_of() {
    sed -n '/^A PROGRAM/,/^SWITCHES/s/^    //p' "$tmp/new/$1.h"
}
program_of weft >"$tmp/new/app.c"
program_of weft_core >"$tmp/new/app_core.c"
in_new() {
    (cd "$tmp/new" && "$@")
}
check "file: the manual's program compiles" \
    in_new cc -std=c11 $strict -o app app.c -lev -lpthread
says "file: and runs" "$(cat docs/howto/use-one-file.out)" "$tmp/new/app"
check "core: the manual's program compiles" \
    in_new cc -std=c11 $strict -o app_core app_core.c
says "core: and runs" "$(cat docs/howto/use-the-core-alone.out)" \
    "$tmp/new/app_core"

sed 's/main(void)/not_main(void)/; s/^int not/int not_main(void);\n&/' \
    "$tmp/new/app.c" | grep -v WEFT_IMPLEMENTATION >"$tmp/new/other.c"
grep -v WEFT_IMPLEMENTATION "$tmp/new/app.c" >"$tmp/new/user.c"
check "file: one of two files has the implementation" \
    in_new cc -std=c11 $strict -o two app.c other.c -lev -lpthread
check "file: both have their own, static" in_new cc -std=c11 $strict \
    -DWEFT_STATIC -o two user.c other.c -lev -lpthread
says "file: and run" "$(cat docs/howto/use-one-file.out)" "$tmp/new/two"
says "file: and the linker sees nothing of it" "" \
    sh -c "nm -g --defined-only $tmp/new/two | grep weft_ || true"
check "core: static" in_new cc -std=c11 $strict -DWEFT_STATIC -o app_core \
    app_core.c

# "name.7" is what gcc makes of a static in a function.
for object in file core; do
    says "$object: all names of functions and variables begin with weft_" "" \
        sh -c "nm $tmp/$object.o | awk 'NF == 3 && \$3 !~ /^\.|^weft_|\./'"
done

# ---- Other compilers and machines ----

if echo '#include <stdio.h>' | gcc -m32 -fsyntax-only -xc - 2>"$tmp/log"; then
    check "file, -m32, without libev" gcc -m32 -std=c11 $strict -DWEFT_NO_EV \
        -I"$single" -c -o "$tmp/file32.o" "$tmp/weft.c"
    check "core, -m32, compiles" gcc -m32 -std=c11 $strict -I"$single" -c \
        -o "$tmp/core32.o" "$tmp/core.c"
    run_tests "core, -m32" gcc "-m32 -I$tmp/core -I$single" \
        "$tmp/core32.o $tmp/port.c" $(share_of $(core_tests))
else
    echo "skip -m32: gcc has no library for it (gcc-multilib)"
fi

# It lacks _Atomic, and scopes for what an if declares: it can compile
# coroutines without ASYNC_TRY, and not weft itself.
if has tcc "core, tcc"; then
    grep -v WEFT_IMPLEMENTATION "$tmp/new/app_core.c" >"$tmp/new/user_core.c"
    check "core: tcc compiles coroutines" in_new tcc -Wall -c user_core.c
    check "core: gcc the rest" in_new gcc -o app_tcc user_core.o "$tmp/core.o"
    says "core: and they run" "$(cat docs/howto/use-the-core-alone.out)" \
        "$tmp/new/app_tcc"
fi

cp tests/ways/* "$tmp/new"
mixed='rings at 1.5
counted to 3 at 3'
for both in "gcc g++" "clang clang++"; do
    has "${both#* }" "file, from C++" || continue
    check "file: ${both#* } takes the headers" in_new ${both#* } -std=c++17 \
        -Wall -Wextra -Wpedantic -Werror -I. -c mixed_main.cc
    check "file: and links" in_new sh -c "${both% *} -c -I. mixed.c &&
        ${both#* } -o mixed mixed_main.o mixed.o $tmp/file.o -lev -lpthread"
    says "file: and is told where not to implement" \
        'weft is C: define WEFT_IMPLEMENTATION in a C file' sh -c "${both#* } \
        -DWEFT_IMPLEMENTATION -fsyntax-only $tmp/new/mixed_main.cc -I$tmp/new \
        2>&1 | sed -n 's/.*error: .*\"\(.*\)\"\$/\1/p'"
    says "file: C++ runs a coroutine in C" "$mixed" "$tmp/new/mixed"
done

# ---- The library ----

says "library: exports nothing but weft_" "" sh -c "nm -D --defined-only \
    $to/lib/libweft.so | awk '\$3 !~ /^weft_/'"
rm "$tmp/new"/weft*.h

if has pkg-config "library: pkg-config"; then
    export PKG_CONFIG_PATH=$to/lib/pkgconfig
    for how in "" --static; do
        check "library: pkg-config $how" in_new sh -c "cc -o app app.c \
            \$(pkg-config --cflags --libs $how weft) -Wl,-rpath,$to/lib"
        says "library: and it runs" 42 "$tmp/new/app"
    done
    if [ -e "$out/libweft-tls.a" ]; then
        check "library: pkg-config weft-tls" in_new sh -c "cc -o app app.c \
            \$(pkg-config --cflags --libs weft-tls) -Wl,-rpath,$to/lib"
        says "library: and it runs" 42 "$tmp/new/app"
    fi
fi

# The package finds its files where the tree is now.
if has cmake "library: CMake"; then
    mv "$to" "$tmp/moved"
    for static in OFF ON; do
        check "library: CMake, static $static" in_new sh -c "cmake -S . \
            -B build-$static -DCMAKE_PREFIX_PATH=$tmp/moved \
            -DWEFT_USE_STATIC_LIBS=$static && cmake --build build-$static"
        for program in "$tmp/new/build-$static"/app*; do
            says "library: $(basename "$program") runs" 42 "$program"
        done
    done
    mv "$tmp/moved" "$to"
fi

check "uninstalls" install uninstall
says "and leaves no file" "" find "$to" ! -type d
package() {
    env PREFIX=/usr LIBDIR=lib/triplet DESTDIR="$tmp/stage" src/install.sh \
        "$1" "$out"
}
check "installs for a package" package install
has pkg-config "where it will be" && says "which says where it will be" \
    "-I/usr/include -L/usr/lib/triplet -lweft" \
    sh -c "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 \
    pkg-config --cflags --libs \
    $tmp/stage/usr/lib/triplet/pkgconfig/weft.pc | sed 's/ *$//'"
check "uninstalls a package" package uninstall
says "and leaves no file of it" "" find "$tmp/stage" ! -type d

exit $failed
