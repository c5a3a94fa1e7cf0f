# port.sh - the tools of this port: see ../README.md.
cc="riscv64-unknown-elf-gcc -march=rv32imac -misa-spec=2.2 -mabi=ilp32"
clock="-DWEFT_TICKS_PER_SECOND=10000000"
port_sources="riscv/start.S riscv/port.c riscv/board.c"
link="-nostdlib -T tests/firmware/riscv/port.ld -Wl,--no-warn-rwx-segments"
nm=riscv64-unknown-elf-nm
size=riscv64-unknown-elf-size
tools="riscv64-unknown-elf-gcc qemu-system-riscv32"

# Time is counted in instructions, and jumps when the processor sleeps.
icount="-icount shift=5,sleep=off"
export icount

emulate() {
    qemu-system-riscv32 -M virt -bios none -nographic -monitor none \
        -serial stdio $icount -kernel "$1"
}
