#!/usr/bin/env bash
# run.sh OUT [PORT...] - build the programs of this folder for each port, run
# them in its emulator, and look at what they say. See README.md.
set -u
cd "$(dirname "$0")/../.." || exit 1
here=tests/firmware
out=$1/firmware
shift
[ $# -gt 0 ] || set -- $(cd $here && dirname */port.sh)

warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wimplicit-fallthrough \
-Wjump-misses-init -Werror"
flags="-std=c11 -Os -ffreestanding -ffunction-sections -fdata-sections \
-DWEFT_FREESTANDING -Iinclude"

# What no program for a device may contain: functions of a libc, and those of
# the compiler for floating point, division and atomics.
forbidden='[cm]alloc|realloc|free|str[a-z]*|[a-z]*printf|mem(cmp|move)|abort'
forbidden="$forbidden|__aeabi_([dfil]|ui|ul).*|__(fix|float|atomic|sync).*"
forbidden="$forbidden|__u?(div|mod|divmod)[a-z]*[0-9]|__[a-z]*[sd]f[0-9]?"

# objects DIR FLAG... -- SOURCE... - compile files of this folder, and print
# the names of what came out.
objects() {
    local dir=$1 options= source object
    shift
    while [ "$1" != -- ]; do
        options="$options $1"
        shift
    done
    shift
    mkdir -p "$dir"
    for source in "$@"; do
        object=$dir/$(echo "$source" | tr / _).o
        $cc $flags $warnings $options -c -o "$object" "$here/$source" || return
        echo "$object"
    done
}

# program NAME SOURCE... - link a program, and look for what must not be there.
program() {
    local program=$1 found
    shift
    if ! found=$(objects "$dir" $clock -- "$@" common/weft.c common/memory.c \
        ${trap_source:-common/trap.c} $port_sources) ||
        ! $cc $flags $found $link -Wl,--gc-sections -Wl,-Map="$dir/$program.map" \
            -o "$dir/$program.elf"; then
        echo "FAIL $port $program: does not compile"
        return 1
    fi
    found=$($nm "$dir/$program.elf" | awk -v no="^($forbidden)\$" \
        '$NF ~ no { printf " %s", $NF }')
    if [ -n "$found" ]; then
        echo "FAIL $port $program: contains$found"
        return 1
    fi
    echo "ok $port $program: $($size "$dir/$program.elf" | awk 'NR == 2 {
        print $1 " bytes of text, " $2 + $3 " of data" }')"
}

# check NAME COMMAND... - it must end well; what it says is shown if it fails.
check() {
    local name=$1
    shift
    if "$@" >"$dir/$name.log" 2>&1 </dev/null; then
        echo "ok $port $name: $(tail -n 1 "$dir/$name.log")"
    else
        echo "FAIL $port $name"
        tail -n 5 "$dir/$name.log" | sed 's/^/    /'
    fi
}

# The unit tests that run on a device. Those that do not, with the reason, are
# in $dir/left-out: tests of headers for hosted systems, those that include what
# libc/ does not have, and those in the file left-out.
unit_tests() {
    local hosted name header reason
    hosted=$($cc $flags -MM include/weft.h | tr ' ' '\n' |
        sed -n 's|.*weft/\(.*\)\.h$|\1|p' | sort >"$dir/headers"
        basename -s .h include/weft/*.h | sort | comm -13 "$dir/headers" -)
    for name in $(basename -s .c tests/test_*.c); do
        reason=$(cat $here/left-out "$here/$port/left-out" 2>/dev/null |
            sed -n "s/^$name: //p")
        for header in $hosted; do
            case ${name}_ in
            "test_${header}_"*) reason="tests $header.h" ;;
            esac
        done
        if grep -q '^#define WEFT_IMPLEMENTATION' "tests/$name.c"; then
            reason="brings its own weft"
        fi
        for header in $(sed -n 's/^#include <\(.*\)>.*/\1/p' "tests/$name.c"); do
            [ -e "$here/libc/$header" ] || reason="wants $header"
        done
        if [ -n "$reason" ]; then
            echo "$name: $reason" >&2
        else
            echo "$name"
        fi
    done 2>"$dir/left-out"
}

# All of them in one image. Their main() has another name each.
compile_tests() {
    local options="-Itests/firmware/libc -Itests"
    mkdir -p "$dir/tests" && rm -f "$dir"/tests/*
    printf '%s\n' $tests | xargs -I{} $cc $flags $warnings $options \
        -Dmain=main_of_{} -O0 -c -o "$dir/tests/{}.o" tests/{}.c &&
        objects "$dir/tests" $options "-DTESTS=$(printf 'X(%s)' $tests)" -- \
            libc/main.c libc/libc.c common/weft.c common/memory.c \
            libc/trap.c $port_sources >"$dir/tests/objects" &&
        $cc $flags "$dir"/tests/*.o $link -Wl,--gc-sections -lgcc \
            -o "$dir/tests.elf"
}

run_tests() {
    local log=$dir/tests.log status
    tests=$(unit_tests)
    if ! compile_tests; then
        echo "FAIL $port tests: do not compile"
        return
    fi
    # They have a clock of their own, so the emulator's may go as it likes.
    icount= emulate "$dir/tests.elf" >"$log" 2>&1 </dev/null
    status=$?
    sed -n "s/^\(ok\|FAIL\) /\1 $port /p" "$log"
    grep -B 3 '^FAIL' "$log" | grep '^  '
    if [ $status != 0 ] && ! grep -q '^FAIL' "$log"; then
        echo "FAIL $port tests: exit status $status after $(tail -n 1 "$log")"
    fi
}

run_port() {
    port=$1
    dir=$out/$port
    . "$here/$port/port.sh"
    for tool in $tools; do
        if ! command -v "$tool" >/dev/null; then
            echo "skip: $port, because there is no $tool"
            return
        fi
    done
    export -f emulate
    program blink common/blink.c &&
        check blink-runs emulate "$dir/blink.elf"
    program service common/service.c common/instruments.c &&
        check service-talks $here/talk.sh $here/common/service.talk \
            bash -c "emulate $dir/service.elf"
    run_tests
}

mkdir -p "$out" && rm -f "$out"/*.out
for port in "$@"; do
    run_port "$port" >"$out/$port.out" 2>&1 &
done
wait
for port in "$@"; do
    # Of the unit tests only what failed, and no more than can be read.
    grep -v "^ok $port [a-z_0-9]*\$" "$out/$port.out" | head -n 40
    echo "$port: $(grep -c '^ok' "$out/$port.out") ok," \
        "$(cat "$out/$port/left-out" 2>/dev/null | wc -l) files left out"
done
passed=$(cat "$out"/*.out | grep -c '^ok ')
failed=$(cat "$out"/*.out | grep -c '^FAIL ')
skipped=$(cat "$out"/*.out | grep -c '^skip')
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
