#!/usr/bin/env bash
# size.sh OUT [--check] - how much of a device weft takes: write the tables of
# docs/reference/footprint.md, or see whether they are still true within 3 %.
#
# Text is what the linker keeps of the library for a program that uses the
# kernel, and that many bytes more for one that uses all functions of a header.
# For the Cortex-M0 there is a budget: what is more than that fails.
set -u
cd "$(dirname "$0")/../.." || exit 1
here=tests/firmware
out=$1/firmware/size
page=docs/reference/footprint.md
flags="-std=c11 -Os -ffreestanding -ffunction-sections -fdata-sections \
-DWEFT_FREESTANDING -Iinclude"
apart="-fno-lto -fno-common" # so that each function is seen
warnings= # of ports
rm -rf "$out" && mkdir -p "$out"

# What START, AWAIT, CALL and a main() like that of service.c need.
kernel="weft_bare_init weft_loop_init weft_loop_set_alarms weft_task_start_
    weft_task_call_ weft_task_cancel weft_task_release weft_frame_odd_
    weft_loop_run_until_complete"
headers="sleep event lock queue group interrupt timer future semaphore condition
    barrier gather wait_for timeout shield select broadcast watch oneshot"
structs="frame task loop bare heap_place handle timer event lock queue
    isr_queue group child join future semaphore condition barrier timeout
    wait_for"
budget_headers="sleep event lock queue group"

cat >"$out/kernel.h" <<'END'
#include <weft.h>
struct small {
    struct weft_frame frame;
    int i;
};
END

# functions HEADER - the public ones of src/HEADER.c that are there.
functions() {
    sed -n 's/^[a-z].*\b\(weft_[a-z0-9_]*[a-z0-9]\)(.*/\1/p' "src/$1.c" |
        sort -u | comm -12 - "$out/$port.names"
}

# text NAME FUNCTION... - bytes of what is kept for those.
text() {
    local image=$out/$port.$1.elf keep= function
    shift
    for function in "$@"; do
        keep="$keep -Wl,-u,$function"
    done
    $cc $flags $apart -nostdlib -nostartfiles -Wl,--gc-sections -Wl,-e,weft_loop_init \
        -Wl,--unresolved-symbols=ignore-all $keep -o "$image" "$out/$port.o" ||
        return
    $size "$image" | awk 'NR == 2 { print $1 + $2 }'
}

# Lines "PORT row bytes", and sizes of structs as "PORT struct bytes".
measure() {
    local base all= header type
    $cc $flags $apart $clock -c -o "$out/$port.o" $here/common/weft.c || return
    $nm -g --defined-only "$out/$port.o" | awk '{ print $3 }' |
        sort >"$out/$port.names"
    base=$(text kernel $kernel)
    echo "$port kernel $base"
    for header in $headers; do
        [ -n "$(functions $header)" ] || continue
        echo "$port $header $(($(text $header $kernel $(functions $header)) -
            base))"
    done
    for header in $budget_headers; do
        all="$all $(functions $header)"
    done
    echo "$port budget $(text budget $kernel $all)"
    {
        cat "$out/kernel.h"
        echo 'char size_small[sizeof(struct weft_task) + sizeof(struct small)];'
        for type in $structs; do
            echo "char size_$type[sizeof(struct weft_$type)];"
        done
    } >"$out/sizes.c"
    $cc $flags $apart $clock -c -o "$out/$port.sizes.o" "$out/sizes.c" &&
        $nm -S "$out/$port.sizes.o" | grep ' size_' | while read -r _ bytes _ name; do
            echo "$port struct_${name#size_} $((16#$bytes))"
        done
}

# ---- Tables ----

# value PORT ROW
value() {
    awk -v port="$1" -v row="$2" '$1 == port && $2 == row { print $3 }' \
        "$out/all"
}

# row TITLE NAME - one line of a table, all ports.
row() {
    local bytes port line="| $1 |"
    for port in $ports; do
        bytes=$(value "$port" "$2")
        line="$line ${bytes:--} |"
    done
    echo "$line"
}

table() {
    local port line='| |' rule='|---|'
    for port in $ports; do
        line="$line $port |"
        rule="$rule---:|"
    done
    echo "$line"
    echo "$rule"
}

tables() {
    local name
    echo "Bytes of text, with the constants that lie there:"
    echo
    table
    row "kernel: loop, tasks, bare driver" kernel
    for name in $headers; do
        row "+ [$name]($name.md)" "$name"
    done
    row "kernel, $(echo $budget_headers | sed 's/ /, /g') together" budget
    row "the [service](../tutorial/11-microcontroller.md): all of the image" \
        service
    echo
    echo "Bytes of RAM:"
    echo
    table
    row "a task and its coroutine with one int" struct_small
    for name in $structs; do
        row "\`struct weft_$name\`" "struct_$name"
    done
    row "the service: all but the stack" service_ram
    echo
    echo "Measured with -Os and:"
    echo
    cat "$out/compilers.md"
}

# What service.c takes as a whole.
service() {
    local objects= source
    for source in common/service.c common/instruments.c common/weft.c \
        common/memory.c ${trap_source:-common/trap.c} $port_sources; do
        $cc $flags $clock -c -o "$out/$port.$(basename "$source").o" \
            "$here/$source" || return
        objects="$objects $out/$port.$(basename "$source").o"
    done
    $cc $flags -Wl,--gc-sections -o "$out/$port.service.elf" $objects $link -lgcc &&
        $size "$out/$port.service.elf" | awk -v port="$port" 'NR == 2 {
            print port, "service", $1
            print port, "service_ram", $2 + $3 }'
}

one_port() {
    . "$here/$1/port.sh"
    port=$2
    if [ "$port" = cortex-m0 ]; then # the same port, for a smaller processor
        cc=${cc/cortex-m3/cortex-m0}
    fi
    compiler=${cc%% *}
    command -v "$compiler" >/dev/null || return
    echo "- $port: $compiler $($compiler -dumpfullversion -dumpversion)" \
        >>"$out/compilers.md"
    measure && service
}

ports="cortex-m0 cortex-m3 riscv avr"
for port in $ports; do
    folder=${port/m0/m3}
    [ -e "$here/$folder/port.sh" ] && (one_port "$folder" "$port") >>"$out/all"
done
if [ ! -s "$out/all" ]; then
    echo "skip: no compiler for a device"
    exit 0
fi

# All functions of the budget's headers. What a program uses of them has a limit
# in ../freestanding.sh.
status=0
for limit in "budget 8400" "struct_small 96"; do
    bytes=$(value cortex-m0 "${limit% *}")
    if [ -n "$bytes" ] && [ "$bytes" -gt "${limit#* }" ]; then
        echo "FAIL cortex-m0 ${limit% *}: $bytes bytes, not ${limit#* }"
        status=1
    fi
done

tables >"$out/tables.md"
if [ "${2:-}" = --check ]; then
    # Each line of the page, and the line as it would be now.
    sed '1,/^<!-- sizes -->$/d; /^<!-- end of sizes -->$/,$d' $page >"$out/page"
    if ! diff <(grep '^- ' "$out/page") "$out/compilers.md" >"$out/diff"; then
        echo "skip: other compilers than those of $page"
        exit $status
    fi
    paste -d'\n' "$out/page" "$out/tables.md" | awk -F'|' '
        NR % 2 { count = split($0, was); text = $0; next }
        NF < 3 || $3 !~ /[0-9]/ {
            wrong = $0 != text
            if (wrong) print "FAIL the page says \"" text "\", not \"" $0 "\""
        }
        $3 ~ /[0-9]/ {
            wrong = $2 != was[2] || NF != count
            for (i = 3; i < NF; i++) {
                off = $i > was[i] ? $i - was[i] : was[i] - $i
                wrong = wrong || off > 8 && off > was[i] * 0.03
            }
            if (wrong) print "FAIL the page says" text ", not" $0
        }
        { failed = failed || wrong }
        END { exit failed }' || status=1
else
    awk -v tables="$out/tables.md" '
        /^<!-- end of sizes -->$/ { skips = 0 }
        !skips { print }
        /^<!-- sizes -->$/ {
            skips = 1
            while ((getline line < tables) > 0)
                print line
        }' $page >"$out/page" && cat "$out/page" >$page
fi
echo "kernel on a Cortex-M0: $(value cortex-m0 kernel) bytes of text," \
    "a small task $(value cortex-m0 struct_small) bytes of RAM"
exit $status
