#!/bin/sh
# freestanding.sh OUT - compile layers 0 to 4 for a device without libc, and
# look at what they ask the linker for.
set -eu
out=$1
mkdir -p "$out"
program='#include <weft.h>'

# What may be missing: two functions of string.h, what a port defines, and the
# compiler's helpers for integers that the device lacks.
allowed='^(memcpy|memset|weft_port_(now|idle|enter|exit|trap)|__aeabi_(mem.*|u?l?idiv.*|u?ldivmod|lmul|l.*|ul.*))$'

check() {
    name=$1
    shift
    echo "$program" | "$@" -std=c11 -ffreestanding -DWEFT_FREESTANDING \
        -DWEFT_IMPLEMENTATION -Wall -Wextra -Wpedantic -Wconversion -Werror \
        -Os -Iinclude -xc -c -o "$out/$name.o" -
    nm -u "$out/$name.o" >"$out/$name.wanted" # a failing nm ends it here
    wanted=$(awk -v allowed="$allowed" '$2 !~ allowed {print $2}' \
        "$out/$name.wanted")
    if [ -n "$wanted" ]; then
        echo "$name: needs $wanted" >&2
        exit 1
    fi
    size "$out/$name.o" | awk -v name="$name" \
        'NR == 2 {print name ": " $1 " bytes of text, " $2 + $3 " of data"}'
}

check host gcc
check cortex-m0 clang --target=thumbv6m-none-eabi
