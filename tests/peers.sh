#!/usr/bin/env bash
# peers.sh [OUT] - do our servers and clients get on with those of others? OUT
# is the folder of the build.
#
# Our echo server (tests/load) and docs/examples/file_server are asked by curl,
# nc, wrk, ab and CPython's asyncio; our client asks CPython's http.server. All
# ports are chosen by the system. Prints "ok ...", "FAIL ..." and, for what is
# not installed, "skip ..." lines.
set -u
cd "$(dirname "$0")/.." || exit 1
out=${1:-build/default}
tmp=$out/peers.tmp
passed=0
failed=0
servers=()
rm -rf "$tmp" && mkdir -p "$tmp/www"
trap '[ ${#servers[@]} = 0 ] || kill "${servers[@]}" 2>"$tmp/kill"' EXIT

make -s V="${out#build/}" "$out/load" "$out/docs/examples/file_server" \
    "$out/docs/examples/website_status" >"$tmp/make" 2>&1 || {
    cat "$tmp/make"
    echo "FAIL peers: cannot be built"
    exit 1
}

# check NAME EXPECTED GOT
check() {
    if [ "$2" = "$3" ]; then
        echo "ok $1"
        passed=$((passed + 1))
    else
        echo "FAIL $1"
        diff <(echo "$2") <(echo "$3") | head -n 20 | sed 's/^/    /'
        failed=$((failed + 1))
    fi
}

# have PROGRAM
have() {
    command -v "$1" >"$tmp/which" && return
    echo "skip $1: it is not installed"
    return 1
}

# wait_for FILE PATTERN - the port that a server prints, in $port
wait_for() {
    port=
    for _ in $(seq 500); do
        port=$(sed -n "s|$2|\1|p" "$1")
        [ -n "$port" ] && return
        sleep 0.02
    done
    check "a server that starts" "" "$(cat "$1")."
    exit 1
}

head -c 3000000 /dev/urandom >"$tmp/www/random"
head -c 1048576 "$tmp/www/random" >"$tmp/www/mib"
echo 'hello' >"$tmp/www/index.html"

# Each ends when its input does, or by SIGTERM, and then counts what is left.
mkfifo "$tmp/in"
"$out/load" listen <"$tmp/in" >"$tmp/echo.log" 2>&1 &
echo_server=$!
servers+=("$echo_server")
exec 4>"$tmp/in"
wait_for "$tmp/echo.log" '^\([0-9]*\)$'
echo_port=$port
"$out/docs/examples/file_server" "$tmp/www" 0 60 >"$tmp/file.log" 2>&1 4>&- &
file_server=$!
servers+=("$file_server")
wait_for "$tmp/file.log" '^http://127.0.0.1:\([0-9]*\)/$'
url=http://127.0.0.1:$port

# ---- Others ask us ----

if have nc; then
    timeout 60 nc -N 127.0.0.1 "$echo_port" <"$tmp/www/random" |
        cmp - "$tmp/www/random" >"$tmp/cmp" 2>&1
    check "nc gets back what it sends" "0 0" "${PIPESTATUS[*]}"
fi
if have curl; then
    timeout 60 curl -s "$url/random" | cmp - "$tmp/www/random" >"$tmp/cmp" 2>&1
    check "curl gets a file" "0 0" "${PIPESTATUS[*]}"
    check "curl gets a part of it" \
        "$(tail -c +12346 "$tmp/www/random" | head -c 2000000 | cksum)" \
        "$(timeout 60 curl -s -r 12345-2012344 "$url/random" | cksum)"
    head -c 1234567 "$tmp/www/random" >"$tmp/half"
    timeout 60 curl -s -C - -o "$tmp/half" "$url/random"
    cmp "$tmp/half" "$tmp/www/random" >"$tmp/cmp" 2>&1
    check "curl goes on with half of it" 0 $?
    check "curl gets 100 with 8 connections" 100 "$(timeout 60 curl -s -Z \
        --parallel-max 8 -w '%{http_code}\n' "$url/?[1-100]" 2>"$tmp/curl" |
        grep -c '^200$')"
fi
if have wrk; then
    timeout 60 wrk -t 1 -c 50 -d 1s "$url/" >"$tmp/wrk" 2>&1
    check "wrk asks with 50 connections, without an error" "0 errors" \
        "$? errors$(grep -E 'Socket errors|Non-2xx' "$tmp/wrk")"
    grep Requests/sec "$tmp/wrk" | sed 's/^/    /'
    timeout 60 wrk -t 1 -c 10 -d 1s "$url/mib" >"$tmp/wrk" 2>&1
    check "wrk gets a MiB with 10 connections, without an error" "0 errors" \
        "$? errors$(grep -E 'Socket errors|Non-2xx' "$tmp/wrk")"
    grep Transfer/sec "$tmp/wrk" | sed 's/^/    /'
fi
if have ab; then
    timeout 60 ab -q -k -n 2000 -c 20 "$url/" >"$tmp/ab" 2>&1
    check "ab asks 2000 times, without an error" "2000 0" \
        "$(awk '/^Complete requests/ { c = $3 } /^Failed requests/ { f = $3 }
            END { print c, f }' "$tmp/ab")"
    grep "^Requests per second" "$tmp/ab" | sed 's/^/    /'
fi
if have python3; then
    check "100 streams of CPython's get back what they send" "100 right" \
        "$(timeout 60 python3 - "$echo_port" 2>&1 <<'END'
import asyncio, os, sys

async def talk(data):
    reader, writer = await asyncio.open_connection("127.0.0.1", sys.argv[1])
    writer.write(data)
    writer.write_eof()
    back = await reader.read()
    writer.close()
    await writer.wait_closed()
    return back == data

async def main():
    right = await asyncio.gather(*(talk(os.urandom(50000)) for _ in range(100)))
    print(sum(right), "right")

asyncio.run(main())
END
    )"
    check "CPython's urllib gets a file" "$(cksum <"$tmp/www/random")" \
        "$(timeout 60 python3 -c "import sys, urllib.request as r
sys.stdout.buffer.write(r.urlopen('$url/random').read())" 2>&1 | cksum)"

    # ---- We ask others ----

    timeout 100 python3 -u -m http.server --bind 127.0.0.1 --directory \
        "$tmp/www" 0 >"$tmp/http.log" 2>&1 4>&- &
    servers+=("$!")
    wait_for "$tmp/http.log" '^Serving HTTP on .* port \([0-9]*\) .*'
    check "we ask CPython's server, and twice" "2 200, 2 404" \
        "$(timeout 60 "$out/docs/examples/website_status" \
            "http://127.0.0.1:$port/" "http://127.0.0.1:$port/nothing" |
            awk '/ 200 / { good++ } / 404 / { bad++ }
                END { print good " 200, " bad " 404" }')"
fi

# ---- The end ----

exec 4>&-
wait "$echo_server"
check "the echo server has nothing left" 0 $?
kill "$file_server"
wait "$file_server"
check "the file server ends well" "closed, with 0 connections" \
    "$(tail -n 1 "$tmp/file.log")"
unset 'servers[0]' 'servers[1]'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
