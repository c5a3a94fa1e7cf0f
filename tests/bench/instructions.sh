#!/bin/sh
# instructions.sh BENCH - instructions of each workload, counted by valgrind.
#
# BENCH is the program that `make bench` builds. Each workload runs in two
# lengths, and the difference is what an operation takes: the begin and the end
# of the program cancel out. The counts hardly change from run to run, however
# busy the machine is.
set -eu
bench=$1

# Instructions and operations of one run.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$bench" --one "$@" 2>&1 | awk '
        /Collected :/ { instructions = $NF }
        /^[0-9]+ / { operations = $1 }
        END { print instructions, operations }'
}

# Instructions an operation.
each() {
    { count "$1" "$2" 250; count "$1" "$2" 100; } |
        awk 'NR == 1 { i = $1; n = $2 } NR == 2 { print ($1 - i) / ($2 - n) }'
}

printf '%-44s %8s %8s %6s\n' '' weft limit ratio
workload=0
while name=$("$bench" --one limit $workload 1000); do
    name=${name#* }
    echo "$(each weft $workload) $(each limit $workload)" |
        awk -v name="$name" '
            { printf "%-44s %8.1f %8.1f %6.2f\n", name, $1, $2, $1 / $2 }'
    workload=$((workload + 1))
done
