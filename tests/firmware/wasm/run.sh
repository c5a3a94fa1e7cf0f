#!/bin/sh
# run.sh OUT - compile the core and some programs to WebAssembly, and run them
# under Node on a virtual clock: see test.mjs.
set -eu
cd "$(dirname "$0")/../../.."
out=$1/wasm
here=tests/firmware/wasm

for tool in node clang wasm-ld; do
    if ! command -v $tool >/dev/null; then
        echo "skip: no $tool"
        exit 0
    fi
done
rm -rf "$out" && mkdir -p "$out"

# flags: what each file is compiled with
flags="--target=wasm32 -std=c11 -Os -ffreestanding -DWEFT_FREESTANDING
    -Iinclude -I$here -isystem tests/firmware/libc -Wall -Wextra -Wpedantic
    -Wshadow -Wconversion -Werror"

# compile NAME FILE FLAG... - to NAME.o
compile() {
    name=$1
    shift
    # shellcheck disable=SC2086
    clang $flags -c -o "$out/$name.o" "$@"
}

# program NAME FILE FLAG... - to NAME.wasm
program() {
    compile "$@" -include web.h
    wasm-ld --no-entry --gc-sections -o "$out/$1.wasm" "$out/$1.o" \
        "$out"/port-*.o
}

compile port-port $here/port.c
for file in common/weft common/memory common/trap libc/libc; do
    compile port-"${file#*/}" tests/firmware/$file.c
done
program count docs/examples/count.c
program chess docs/examples/chess.c
program count_hosted $here/hosted.c -I. -DPROGRAM=program \
    -DEXAMPLE='"docs/examples/count.c"'
program chess_hosted $here/hosted.c -I. -DPROGRAM=woven \
    -DEXAMPLE='"docs/examples/chess.c"'
program page $here/page.c
program waiting $here/cases.c -DCASE=waiting -Wno-unused-function
program yielding $here/cases.c -DCASE=yielding -Wno-unused-function

# Unit tests of the kernel, in one image: see ../libc/main.c.
names=
for name in event lock queue loop loop_turn task future cancel gather group \
    wait_for timeout generator heap; do
    names="$names X(test_$name)"
    compile test_$name tests/test_$name.c -O0 -Itests \
        -Dmain=main_of_test_$name
done
compile tests tests/firmware/libc/main.c -DTESTS="$names"
wasm-ld --no-entry --gc-sections -o "$out/tests.wasm" "$out"/test*.o \
    "$out"/port-*.o

node $here/test.mjs "$out"
echo "ok page.wasm: $(wc -c <"$out/page.wasm") bytes"
