# port.sh - the tools of this port: see ../README.md.
name=avr
export chip=atmega328p
clock="-DWEFT_TICKS_BITS=32 -DWEFT_TICKS_PER_SECOND=1000"
port_sources="avr/port.c avr/board.c"
trap_source=avr/trap.c
link=
nm=avr-nm
size=avr-size
tools="avr-gcc simavr"
warnings=${warnings/-Wimplicit-fallthrough/} # too young for this compiler

# Seen as one program, functions that are not called leave no texts behind.
cc="avr-gcc -mmcu=$chip -DF_CPU=16000000UL -flto -mrelax -mcall-prologues \
-include tests/firmware/avr/port.h"

emulate() {
    local emulator
    emulator=$(dirname "$1")/emulator
    [ -x "$emulator" ] ||
        cc -O2 -o "$emulator" tests/firmware/avr/emulator.c -lsimavr -lelf
    "$emulator" $chip "$1"
}
