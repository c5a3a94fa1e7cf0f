# port.sh - the tools of this port: see ../README.md.
export chip=atmega328p
clock="-DWEFT_TICKS_BITS=32 -DWEFT_TICKS_PER_SECOND=1000"
port_sources="avr/port.c avr/board.c"
trap_source=avr/trap.c
link=
nm=avr-nm
size=avr-size
tools=avr-gcc
[ -e /usr/include/simavr/sim_avr.h ] || tools="$tools libsimavr-dev"
warnings=${warnings/-Wimplicit-fallthrough/} # too young for this compiler

# Seen as one program, functions that are not called leave no texts behind.
cc="avr-gcc -mmcu=$chip -DF_CPU=16000000UL -flto -mrelax -mcall-prologues \
-include tests/firmware/avr/port.h"

# What the emulator says itself is in IMAGE.said, and shown after a failure.
emulate() {
    local emulator status
    emulator=$(dirname "$1")/emulator
    [ "$emulator" -nt tests/firmware/avr/emulator.c ] ||
        cc -O2 -o "$emulator" tests/firmware/avr/emulator.c -lsimavr -lelf
    "$emulator" $chip "$1" 2>"$1.said"
    status=$?
    [ $status = 0 ] || cat "$1.said" >&2
    return $status
}

# The texts of a test take more RAM than an ATmega328P has. So tests run on an
# ATmega1284P, the same processor with 16 KiB, and each in an image of its own.
one_test() {
    local name=$1 tests=$dir/tests log=$dir/tests/$1.log status
    $cc $flags $warnings $options -Dmain="main_of_$name" -O0 -c \
        -o "$tests/$name.o" "tests/$name.c" >"$log" 2>&1 &&
        $cc $flags $options "-DTESTS=X($name)" -Wl,--gc-sections \
            -o "$tests/$name.elf" tests/firmware/libc/main.c "$tests/$name.o" \
            "$tests"/common/*.o >>"$log" 2>&1 &&
        emulate "$tests/$name.elf" >>"$log" 2>&1 </dev/null
    status=$?
    sed -n "s/^\(ok\|FAIL\) /\1 avr /p" "$log"
    if grep -q '^FAIL' "$log"; then
        grep '^  ' "$log"
    elif [ $status != 0 ] || ! grep -q '^ok' "$log"; then
        echo "FAIL avr $name: status $status after $(tail -n 1 "$log")"
    fi
}

run_tests() {
    echo "ok avr memory: $(cat "$dir/service.elf.said")"
    export chip=atmega1284p dir flags
    export options="-Itests/firmware/libc -Itests -DCHECK_TRACE_SIZE=1200
        -DSCHEDULES_DEFAULT=20 -DLIBC_ARENA=4096"
    export cc="avr-gcc -mmcu=$chip -DF_CPU=16000000UL"
    export warnings="$warnings -Wno-overflow" # a double has 32 bits: no 1e300
    rm -rf "$dir/tests" && mkdir -p "$dir/tests"
    ln -s ../emulator "$dir/tests/emulator"
    objects "$dir/tests/common" $options -- libc/libc.c common/weft.c \
        common/memory.c libc/trap.c $port_sources >"$dir/tests/objects" ||
        echo "FAIL avr tests: do not compile"
    export -f one_test emulate
    unit_tests | xargs -P 2 -I{} bash -c 'one_test {}'
}
