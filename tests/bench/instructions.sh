#!/bin/sh
# instructions.sh COUNT FOLDER COMPILER [record] - has anything become slower?
#
# COUNT is the program of count.c; what valgrind writes goes to FOLDER. Each
# workload runs in two lengths, and the difference is what an operation takes:
# begin and end cancel out. That hardly depends on how busy the machine is, so
# 3 % more than instructions.tsv says is a failure; with `record` it is written
# anew.
#
# Another compiler, or processor, makes other code of the same source. Then the
# ratio to the hand-written coroutines counts, which it has compiled as well;
# compilers differ in that by a quarter, so only two fifths more are a failure.
#
# An echo is 64 bytes there and back on one of 100 socket pairs, both ends in
# one program: the client's write and read are in it, about 30 instructions, and
# so is its share of what the loop does in a turn. The kernel's are not.
set -eu
count=$1
folder=$2
compiler="$(echo __VERSION__ | "$3" -E -P -xc - | tr -d \" |
    sed 's/^[0-9]/gcc &/'), $(uname -m)"
recorded=$(dirname "$0")/instructions.tsv

command -v valgrind >/dev/null || {
    echo "skip: no valgrind"
    exit 0
}
rm -rf "$folder" && mkdir -p "$folder"
valgrind --tool=callgrind --callgrind-out-file="$folder/out" \
    --toggle-collect=counted --dump-before=counted "$count" \
    >"$folder/operations" 2>"$folder/valgrind" || {
    cat "$folder/valgrind"
    exit 1
}

# The n-th call is in the file n + 1: what was counted when the next one began.
call=1
while IFS='	' read -r side operations label; do
    call=$((call + 1))
    instructions=$(sed -n 's/^totals: //p' "$folder/out.$call")
    printf '%s\t%s\t%s\t%s\n' "$side" "$operations" "$instructions" "$label"
done <"$folder/operations" | awk -F '\t' '
    NR % 2 { operations = $2; instructions = $3; next }
    { each = ($3 - instructions) / ($2 - operations) }
    $1 == "weft" { weft = each; next }
    { printf "%s\t%.1f\t%.1f\n", $4, weft, each }' >"$folder/counts"
[ -s "$folder/counts" ] || {
    echo "FAIL: valgrind has counted nothing"
    exit 1
}

if [ "${4:-}" = record ]; then
    { echo "# $compiler"; cat "$folder/counts"; } >"$recorded"
fi
awk -F '\t' -v compiler="# $compiler" '
    FNR == 1 && NR == 1 {
        is_same = $0 == compiler
        allowed = is_same ? 1.03 : 1.40
        if (!is_same)
            print "Recorded with another compiler (" substr($0, 3) "), which" \
                " makes other code:\nratios to the limit are compared."
        printf "%-44s %8s %8s %7s %8s\n", "instructions of one", "weft", "limit",
            "ratio", "change"
        next
    }
    NR == FNR { weft[$1] = $2; limit[$1] = $3; next }
    !($1 in weft) { print "FAIL " $1 ": nothing is recorded"; failed = 1; next }
    {
        change = $2 / weft[$1]
        if (!is_same) change *= limit[$1] / $3
        printf "%-44s %8.1f %8.1f %7.2f %+7.1f%%%s\n", $1, $2, $3, $2 / $3,
            100 * (change - 1), (change > allowed ? "  FAIL" : "")
        if (change > allowed) failed = 1
        counted++
    }
    END {
        if (failed) print "FAIL: worse than tests/bench/instructions.tsv"
        else print counted " operations take no more instructions than recorded"
        exit failed
    }' "$recorded" "$folder/counts"
