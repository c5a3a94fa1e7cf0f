#!/bin/sh
# run.sh OUT PROGRAM... - run test programs, two at a time, and count.
#
# Each program prints "ok name" or "FAIL name: why" for each of its tests, and
# exits with 0 if all passed. A program that prints nothing has failed.
set -u
out=$1
shift
logs=$out/logs
rm -rf "$logs" && mkdir -p "$logs"

printf '%s\n' "$@" | xargs -P "$(nproc 2>/dev/null || echo 2)" -I{} sh -c '
    log='"$logs"'/$(basename {}).log
    ${WEFT_TEST_WRAPPER:-} {} >"$log" 2>&1
    status=$?
    [ -s "$log" ] || echo "FAIL $(basename {}): printed nothing" >"$log"
    if [ $status != 0 ] && ! grep -q "^FAIL" "$log"; then
        echo "FAIL $(basename {}): exit status $status" >>"$log"
    fi'

for program in "$@"; do
    log=$logs/$(basename "$program").log
    name=$(basename "$program")
    if grep -q '^FAIL' "$log"; then
        sed "s/^/$name: /" "$log"
    else
        echo "$name: $(grep -c '^ok' "$log") ok"
    fi
done
passed=$(cat "$logs"/*.log | grep -c '^ok ')
failed=$(cat "$logs"/*.log | grep -c '^FAIL ')
skipped=$(cat "$logs"/*.log | grep '^skip ' | tee -a /dev/stderr | wc -l)
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
