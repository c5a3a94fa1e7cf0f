#!/bin/sh
# misuse.sh [CC] - what must not compile does not, and the compiler says why.
#
# Each program in misuse/ breaks one rule of the language. Its first line has
# the words that the compiler must say: "says:" for all of them, or one text for
# gcc and one for clang, where "cannot tell" means that it compiles there. With
# -DCORRECT the offending lines are gone, and it must compile.
set -u
cd "$(dirname "$0")/.." || exit 1
cc=${1:-${CC:-cc}}
flags="-std=c11 -D_DEFAULT_SOURCE -Iinclude -Wall -Wextra -Wpedantic -Wshadow
    -Wconversion -Wimplicit-fallthrough -Werror"
export LC_ALL=C
case $($cc --version) in
*clang*) family=clang ;;
*) family=gcc flags="$flags -Wjump-misses-init" ;;
esac
failed=0

fail() {
    echo "FAIL $1: $2"
    failed=1
}

compile() {
    $cc $flags "$@" -c -o /dev/null 2>&1
}

for program in tests/misuse/*.c; do
    name=$(basename "$program" .c)
    words=$(sed -n "1{
        s|^/\* says: \(.*\) \*/\$|\1|p
        s|^/\* .*$family: \([^|]*\) .*\$|\1|p
    }" "$program" | sed 's/ *$//')
    if [ -z "$words" ]; then
        fail "$name" "its first line does not tell what $family says"
    elif ! said=$(compile -DCORRECT "$program"); then
        fail "$name" "does not compile with -DCORRECT: $said"
    elif [ "$words" = "cannot tell" ]; then
        echo "skip $name: $family cannot tell"
    elif said=$(compile "$program"); then
        fail "$name" "compiles"
    elif ! echo "$said" | grep -qF "$words"; then
        fail "$name" "\"$words\" is not what $family says: $said"
    else
        echo "ok $name"
    fi
done
exit $failed
