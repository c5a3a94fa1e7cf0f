#!/bin/sh
# beside.sh OUT [FLAG...] - the sizes that are in
# docs/explanation/beside-threads-and-protothreads.md: the same device as
# protothreads and as tasks of weft, for a Cortex-M0.
set -eu
cd "$(dirname "$0")/../.."
out=$1/beside
shift

command -v arm-none-eabi-gcc >/dev/null || {
    echo "skip: no arm-none-eabi-gcc"
    exit 0
}
mkdir -p "$out"

# All but the vector table. The handlers are called from there.
for name in beside-protothreads beside-weft; do
    arm-none-eabi-gcc -mcpu=cortex-m0 -mthumb -std=c11 -Os -ffreestanding \
        -ffunction-sections -fdata-sections -DWEFT_FREESTANDING \
        -DWEFT_TICKS_PER_SECOND=1000 -DWEFT_TICKS_BITS=32 "$@" -Iinclude \
        -nostdlib -Wl,--gc-sections,-e,main,-u,tick_handler,-u,button_handler \
        -o "$out/$name.elf" docs/explanation/$name.c \
        tests/firmware/common/weft.c tests/firmware/common/memory.c -lgcc
    arm-none-eabi-size "$out/$name.elf" | awk -v name=$name \
        'NR == 2 { print name ": " $1 " bytes of code, " $2 + $3 " of RAM" }'
done

# A lamp has a task, a struct and a place among the alarms.
arm-none-eabi-nm -S -td "$out/beside-weft.elf" | awk '
    { size[$4] = $2 }
    END { task = size["tasks"] / 3; place = size["alarms"] / 4
          print "a lamp: " task + size["green"] + place " bytes: task " task \
              ", struct " size["green"] + 0 ", place " place }'
