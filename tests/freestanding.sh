#!/bin/sh
# freestanding.sh OUT - compile layers 0 to 4 for devices without libc, and look
# at what they ask the linker for, with times of 64 bits and of 32. What the
# words that most programs use take of a Cortex-M0 has a limit, and so has the
# memory of a task; a time that is too long for 32 bits must not compile.
set -eu
out=$1/freestanding
words=tests/freestanding/words.c
budget=6144 # bytes of text
mkdir -p "$out"

flags="-std=c11 -ffreestanding -DWEFT_FREESTANDING -Wall -Wextra -Wpedantic
    -Wconversion -Wshadow -Werror -Os -ffunction-sections -fdata-sections
    -Iinclude"

# What may be missing: two functions of string.h, what a port defines, and the
# compiler's helpers for integers that the device lacks. No floating point, no
# atomics, and nothing of a libc.
allowed='^(memcpy|memset|weft_port_(now|idle|enter|exit|trap)|__aeabi_(mem.*|u?l?idiv.*|u?ldivmod|lmul|l[a-z]*)|__gnu_thumb1_case_.*)$'

check() {
    name=$1
    shift
    "$@" $flags -DWEFT_IMPLEMENTATION -c -o "$out/$name.o" $words
    nm -u "$out/$name.o" >"$out/$name.wanted" # a failing nm ends it here
    wanted=$(awk -v allowed="$allowed" '$2 !~ allowed {print $2}' \
        "$out/$name.wanted")
    if [ -n "$wanted" ]; then
        echo "FAIL $name: needs $wanted" >&2
        exit 1
    fi
    size "$out/$name.o" | awk -v name="$name" 'NR == 2 {
        print name ": all of it " $1 " bytes of text, " $2 + $3 " of data"}'
}

check host gcc
check host-32 gcc -DWEFT_TICKS_BITS=32
check cortex-m0 clang --target=thumbv6m-none-eabi
check cortex-m0-32 clang --target=thumbv6m-none-eabi -DWEFT_TICKS_BITS=32

if gcc $flags -DWEFT_TICKS_BITS=32 -DTOO_LONG -c -o "$out/long.o" $words \
    2>"$out/long.said"; then
    echo "FAIL a time too long for 32 bits compiles" >&2
    exit 1
fi
grep -q 'this time is too long' "$out/long.said"

m0=arm-none-eabi-gcc
if ! command -v $m0 >/dev/null; then
    echo "skip: no $m0"
    exit 0
fi
m0="$m0 -mcpu=cortex-m0 -mthumb"
check cortex-m0-gcc $m0

# The library in one object, the program in another, a linker that drops what
# is not used; what counts is what is left of the first.
echo '#include <weft.h>' >"$out/weft.c"
$m0 $flags -DWEFT_TICKS_BITS=32 -DWEFT_IMPLEMENTATION -c -o "$out/weft.o" \
    "$out/weft.c"
$m0 $flags -DWEFT_TICKS_BITS=32 -c -o "$out/words.o" $words
$m0 -nostdlib -Wl,--gc-sections -Wl,-e,main -Wl,-Map,"$out/words.map" \
    -Wl,--unresolved-symbols=ignore-all -o "$out/words" "$out/words.o" \
    "$out/weft.o"
code() {
    arm-none-eabi-size -A "$1" | awk '/^\.text/ {sum += $2} END {print sum}'
}
text=$(($(code "$out/words") - $(code "$out/words.o")))
constants=$(arm-none-eabi-size -A "$out/words" | awk '/^\.rodata/ {print $2}')
echo "cortex-m0, what most programs use: $text bytes of text of $budget," \
    "$constants of constants"
[ "$text" -le "$budget" ]
