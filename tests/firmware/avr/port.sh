# port.sh - the tools of this port: see ../README.md.
name=avr
cc="avr-gcc -mmcu=atmega328p -DF_CPU=16000000UL"
# Constants lie in RAM here, texts among them. Seen as one program, those of
# functions that are not called are left out.
cc="$cc -flto -mrelax -mcall-prologues"
clock="-DWEFT_TICKS_BITS=32 -DWEFT_TICKS_PER_SECOND=1000"
port_sources="avr/port.c avr/board.c"
link=
nm=avr-nm
size=avr-size
tools="avr-gcc simavr"
