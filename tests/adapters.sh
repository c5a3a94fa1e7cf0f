#!/bin/sh
# adapters.sh [OUT] - the examples that talk to a server, with a real one.
#
# OUT is the folder of the build, and may come from the environment. Each server
# is started on a free port of 127.0.0.1 with a folder of its own, and killed at
# the end; what an example prints must be in docs/examples/NAME.served. Without
# the library or the server it is skipped, and says so. Prints "ok ...",
# "FAIL ..." and "skip ..." lines.
set -u
cd "$(dirname "$0")/.." || exit 1
out=${1:-$OUT}
tmp=$(mktemp -d) || exit 1
chmod 755 "$tmp"
servers=
ports=0
failed=0

# Five seconds to end in good order.
end() {
    for server in $servers; do
        kill "$server" 2>/dev/null
    done
    for server in $servers; do
        for _ in $(seq 50); do
            kill -0 "$server" 2>/dev/null || break
            sleep 0.1
        done
        kill -9 "$server" 2>/dev/null
    done
    wait
    rm -rf "$tmp"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

find_program() {
    for program in "$@"; do
        if command -v "$program" 2>/dev/null; then
            return 0
        fi
    done
    return 1
}

# A port that was free a moment ago; whoever takes it in between, the server
# will say so and another one is tried.
some_port() {
    ports=$((ports + 1))
    port=$((20000 + ($$ * 7 + ports * 613) % 30000))
}

# Until a line with these words is in the log: for 30 seconds at most, or until
# the server has ended.
wait_for_line() {
    for _ in $(seq 300); do
        if grep -q "$1" "$2" 2>/dev/null; then
            return 0
        fi
        kill -0 "$3" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

# start LOG WORDS COMMAND... - with @ for the port.
start() {
    log=$1
    words=$2
    shift 2
    for _ in $(seq 5); do
        some_port
        : >"$log"
        # shellcheck disable=SC2046 # one word each
        $(echo "$@" | sed "s/@/$port/g") >>"$log" 2>&1 &
        server=$!
        if wait_for_line "$words" "$log" $server; then
            servers="$servers $server"
            return 0
        fi
        kill $server 2>/dev/null
        wait $server 2>/dev/null
    done
    sed 's/^/    /' "$log"
    return 1
}

# check NAME ARGUMENT... - run the example, and compare.
check() {
    name=$1
    shift
    if ! timeout 60 "$out/docs/examples/$name" "$@" >"$tmp/got" \
        2>"$tmp/stderr"; then
        echo "FAIL $name: exit status is not 0"
        sed 's/^/    /' "$tmp/got" "$tmp/stderr"
        failed=1
    elif ! diff -u "docs/examples/$name.served" "$tmp/got" >"$tmp/diff"; then
        echo "FAIL $name: other output than docs/examples/$name.served"
        sed 's/^/    /' "$tmp/diff"
        failed=1
    else
        echo "ok $name"
    fi
}

# may_run NAME PROGRAM... - is the example there, and the server?
may_run() {
    name=$1
    shift
    if [ ! -x "$out/docs/examples/$name" ]; then
        echo "skip $name: it was not built, for want of a library"
        return 1
    fi
    if ! server_program=$(find_program "$@"); then
        echo "skip $name: no $(basename "$1") to talk to"
        return 1
    fi
}

cannot_start() {
    echo "FAIL $1: the server does not start"
    failed=1
}

if may_run redis redis-server; then
    if start "$tmp/redis.log" "Ready to accept connections" "$server_program" \
        --port @ --bind 127.0.0.1 --save "''" --dir "$tmp"; then
        check redis "$port"
    else
        cannot_start redis
    fi
fi

# PostgreSQL's programs are not in the PATH everywhere, and it refuses to run
# for root.
if may_run postgres postgres "$(pg_config --bindir 2>/dev/null)/postgres" \
    $(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null); then
    bin=$(dirname "$(readlink -f "$server_program")")
    as=
    if [ "$(id -u)" = 0 ]; then
        as="setpriv --reuid=postgres --regid=postgres --clear-groups"
    fi
    mkdir "$tmp/postgres"
    if [ -n "$as" ] && ! chown postgres "$tmp/postgres" 2>/dev/null; then
        echo "skip postgres: it does not run for root, and there is no" \
            "user postgres"
    elif ! (cd "$tmp/postgres" && timeout 60 $as "$bin/initdb" -D data \
        -A trust -U weft --no-sync --no-locale >log 2>&1); then
        cannot_start postgres
        sed 's/^/    /' "$tmp/postgres/log"
    elif start "$tmp/postgres.log" "ready to accept connections" $as \
        "$bin/postgres" -D "$tmp/postgres/data" -h 127.0.0.1 -p @ \
        -k "$tmp/postgres" -F; then
        check postgres \
            "host=127.0.0.1 port=$port user=weft dbname=postgres"
    else
        cannot_start postgres
    fi
fi

if may_run curl_multi python3; then
    mkdir "$tmp/www"
    echo "hello, world" >"$tmp/www/hello"
    if start "$tmp/http.log" "^Serving HTTP" "$server_program" -u \
        -m http.server --bind 127.0.0.1 --directory "$tmp/www" @; then
        # Nobody listens on port 1.
        check curl_multi "http://127.0.0.1:$port/hello" \
            "http://127.0.0.1:$port/nothing" "http://127.0.0.1:1/"
    else
        cannot_start curl_multi
    fi
fi
exit $failed
