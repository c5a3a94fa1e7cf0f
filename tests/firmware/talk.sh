#!/usr/bin/env bash
# talk.sh TALK COMMAND... - hold a dialogue with a program.
#
# Lines of TALK that begin with "> " are sent to its standard input; "< " is
# what it must print next. Then it must end, with exit status 0. Prints what
# was said otherwise, and how many lines were as they should be.
set -u
talk=$1
shift
lines=0
failed=0

set -m # a group of its own, so that all of it can be ended
coproc DEVICE { "$@" 2>&1; }
device=$DEVICE_PID
exec 3<&"${DEVICE[0]}" 4>&"${DEVICE[1]}" # bash closes its own at the end
trap 'kill -- -"$device" 2>/dev/null' EXIT

while IFS= read -r line && [ $failed = 0 ]; do
    case $line in
    '> '*)
        printf '%s\n' "${line#> }" >&4
        ;;
    '< '*)
        if ! IFS= read -r -t 10 got <&3; then
            echo "expected \"${line#< }\", got nothing"
            failed=1
        elif [ "${got%$'\r'}" != "${line#< }" ]; then
            echo "expected \"${line#< }\", got \"$got\""
            failed=1
        else
            lines=$((lines + 1))
        fi
        ;;
    esac
done <"$talk"

if [ $failed = 0 ]; then
    if IFS= read -r -t 10 got <&3; then
        echo "expected the end, got \"$got\""
        failed=1
    fi
    wait "$device"
    status=$?
    trap - EXIT
    if [ $status != 0 ]; then
        echo "exit status $status"
        failed=1
    fi
fi
echo "$lines lines as they should be"
exit $failed
