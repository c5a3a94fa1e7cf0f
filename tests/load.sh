#!/bin/sh
# load.sh PROGRAM [small] - tests/load/load.c in all its ways, at full size or
# in a few seconds. Prints figures and ends with a line of them.
set -u
program=$1
many=10000 churn=100000 slow=50
[ "${2:-}" = small ] && many=2000 churn=5000 slow=10
limit=$(ulimit -Hn)
[ "$limit" = unlimited ] || {
    ulimit -n "$limit"
    [ "$limit" -lt $((many + 100)) ] && {
        echo "only $limit descriptors: fewer connections than $many"
        many=$((limit - 100))
    }
}
failed=0
for run in "echo $many" "protocol $many" "churn $churn" "slow $slow"; do
    $program $run || failed=1 # two words
done
if [ $failed = 0 ]; then
    echo "ok: $many connections at once, $churn after another, $slow slow ones"
else
    echo "FAIL: see above"
fi
exit $failed
