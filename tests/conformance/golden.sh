#!/bin/sh
# golden.sh - play the scenarios that are kept with CPython's traces. It needs
# no Python: run.c writes what it reads, with its own trace, so the output must
# be the input. $OUT/conformance is the program.
#
# golden-VERSION.txt.gz is made anew by `make golden`, see golden.py. Look at it
# with gzip -dc. A scenario that fails is shown with both traces; compare.py
# plays it again and makes it smaller.
set -u
here=$(dirname "$0")
out=${OUT:-build/default}/golden
mkdir -p "$out"
status=0

# Name those that differ, and show the first of them.
show() {
    awk -v out="$out" '
        FNR == NR && /^== / { name = substr($0, 4); names[++count] = name }
        FNR != NR && /^== / { name = substr($0, 4) }
        /^== /     { in_trace = 0; next }
        $0 == "--" { in_trace = 1; next }
        FNR == NR && !in_trace {
            text[name] = text[name] sprintf("%7d %s\n", ++lines[name], $0)
        }
        FNR == NR && in_trace { right[name] = right[name] $0 "\n" }
        FNR != NR && in_trace { ours[name] = ours[name] $0 "\n" }
        END {
            for (i = 1; i <= count; i++) {
                name = names[i]
                if (right[name] == ours[name])
                    continue
                if (++failed > 3)
                    continue
                print "FAIL " name ": differs from CPython, in this scenario"
                printf "%s", text[name]
                printf "%s", right[name] > (out "/cpython")
                printf "%s", ours[name] > (out "/weft")
                close(out "/cpython")
                close(out "/weft")
                system("cd " out " && diff -U 5 cpython weft")
            }
            print failed + 0 " of " count " scenarios differ"
        }' "$1" "$2"
}

for file in "$here"/golden-*.txt.gz; do
    version=$(basename "$file" .txt.gz)
    gzip -dc "$file" >"$out/right.txt" || exit 1
    "$OUT/conformance" "$out/right.txt" >"$out/ours.txt" 2>"$out/errors.txt"
    end=$?
    count=$(grep -c '^== ' "$out/right.txt")
    if [ $end = 0 ] && [ "$count" -gt 0 ] &&
        cmp -s "$out/right.txt" "$out/ours.txt"; then
        echo "ok $version: $count scenarios happen as on CPython"
    else
        show "$out/right.txt" "$out/ours.txt"
        head -n 12 "$out/errors.txt"
        echo "FAIL $version: the player ends with $end"
        status=1
    fi
done
exit $status
