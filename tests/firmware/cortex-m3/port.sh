# port.sh - the tools of this port: see ../README.md.
cc="arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb"
clock="-DWEFT_TICKS_BITS=32 -DWEFT_TICKS_PER_SECOND=1000"
port_sources="cortex-m3/start.c cortex-m3/port.c cortex-m3/board.c"
link="-nostdlib -T tests/firmware/cortex-m3/port.ld"
nm=arm-none-eabi-nm
size=arm-none-eabi-size
tools="arm-none-eabi-gcc qemu-system-arm"

# Time is counted in instructions, and jumps when the processor sleeps.
icount="-icount shift=5,sleep=off"
export icount

emulate() {
    qemu-system-arm -M mps2-an385 -nographic -monitor none -serial stdio \
        -semihosting $icount -kernel "$1"
}
