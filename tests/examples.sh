#!/usr/bin/env bash
# examples.sh [OUT] - do the servers among the examples keep their word? OUT is
# the folder of the build, and may come from the environment.
#
# What ends by itself is run by docs.sh. Here file_server is started on a free
# port, and asked: by sockets of the shell's, so that bad requests can be made,
# and by curl where there is one. Prints "ok ..." and "FAIL ..." lines.
set -u
cd "$(dirname "$0")/.." || exit 1
out=${1:-$OUT}
tmp=$out/examples.tmp
server=
failed=0
rm -rf "$tmp" && mkdir -p "$tmp/www/sub" "$tmp/www/a b"
trap '[ -z "$server" ] || kill "$server"' EXIT

fail() {
    echo "FAIL $*"
    failed=1
}

# check NAME EXPECTED GOT
check() {
    if [ "$2" = "$3" ]; then
        echo "ok file_server: $1"
    else
        fail "file_server: $1"
        diff <(echo "$2") <(echo "$3") | sed 's/^/    /'
    fi
}

# start SECONDS - a server that waits so long for its clients, on $port.
start() {
    : >"$tmp/log"
    "$out/docs/examples/file_server" "$tmp/www" 0 "$1" >"$tmp/log" 2>&1 &
    server=$!
    port=
    for _ in $(seq 500); do
        port=$(sed -n 's|^http://127.0.0.1:\([0-9]*\)/$|\1|p' "$tmp/log")
        [ -n "$port" ] && return
        sleep 0.02
    done
    fail "file_server: does not start"
    cat "$tmp/log"
    exit 1
}

stop() {
    kill "$server"
    wait "$server"
    check "$1 ends well" 0 $?
    server=
    check "$1 has nothing to complain of" "closed, with 0 connections" \
        "$(tail -n +2 "$tmp/log")"
}

# raw TEXT - what the server answers to these bytes until it hangs up. What
# changes from day to day is cut out.
raw() {
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf '%b' "$1" >&3
    timeout 60 cat <&3 | tr -d '\r' | sed '/^Date: /d; /^Last-Modified: /d'
    exec 3>&-
}

# ask FIELDS TARGET - the same for a good request with more fields.
ask() {
    raw "GET $2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n$1\r\n"
}

# status NAME CODE TEXT; status_of NAME CODE TARGET - which code answers.
status() {
    check "$1" "$2" "$(raw "$3" | sed -n '1s/^HTTP.1.1 \([0-9]*\) .*/\1/p')"
}
status_of() {
    status "$1" "$2" "GET $3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
}

# repeat COUNT TEXT
repeat() {
    printf "%.0s$2" $(seq "$1")
}

echo '<p>Hello.</p>' >"$tmp/www/index.html"
echo 0123456789 >"$tmp/www/digits.txt"
echo 'in the folder' >"$tmp/www/sub/index.html"
echo 'blanks' >"$tmp/www/a b/c d.txt"
echo 'secret' >"$tmp/secret"
echo 'secret' >"$tmp/www/.secret"
: >"$tmp/www/empty"
ln -s ../secret "$tmp/www/link"
ln -s sub "$tmp/www/folder-link"
mkfifo "$tmp/www/pipe"
seq 1000000 >"$tmp/www/numbers"
dd if=/dev/zero of="$tmp/www/big" bs=1 count=1 seek=60000000 2>"$tmp/dd"

"$out/docs/examples/file_server" >"$tmp/usage" 2>&1
check "without a folder it says how to be called" \
    '2 file_server FOLDER [PORT [SECONDS]]' "$? $(cat "$tmp/usage")"

start 60

# ---- Good requests ----

check "a file" 'HTTP/1.1 200 OK
Content-Type: text/plain; charset=utf-8
Accept-Ranges: bytes
Content-Length: 11
Connection: close

0123456789' "$(ask '' /digits.txt)"

check "only the head of it" 'HTTP/1.1 200 OK
Content-Type: text/plain; charset=utf-8
Accept-Ranges: bytes
Content-Length: 11
Connection: close' "$(raw 'HEAD /digits.txt HTTP/1.0\r\n\r\n')"

check "no file" 'HTTP/1.1 404 Not Found
Content-Type: text/plain
Content-Length: 14
Connection: close

404 Not Found' "$(ask '' /nothing)"

check "a folder without its slash" 'HTTP/1.1 301 Moved Permanently
Location: /sub/
Content-Type: text/plain
Content-Length: 22
Connection: close

301 Moved Permanently' "$(ask '' //sub?x)"

check "the index of a folder" 'in the folder' "$(ask '' /sub/?x=/.. | tail -1)"
check "an encoded name" blanks "$(ask '' /a%20b/c%20%64.txt | tail -1)"
check "a target as for a proxy" '0123456789' \
    "$(ask '' http://example.org/digits.txt | tail -1)"
check "an empty file" 'Content-Length: 0' \
    "$(ask '' /empty | grep Content-Length)"
check "lines without a carriage return" 0123456789 \
    "$(raw 'GET /digits.txt HTTP/1.0\n\n' | tail -1)"
check "three requests in one piece" 'HTTP/1.1 200 OK
Connection: keep-alive
in the folder
HTTP/1.1 404 Not Found
Connection: keep-alive
404 Not Found
HTTP/1.1 200 OK
Connection: close
0123456789' "$(raw "GET /sub/ HTTP/1.1\r\nHost: a\r\n\r\n\
GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n\
GET /digits.txt HTTP/1.0\r\n\r\n\
GET /digits.txt HTTP/1.1\r\nHost: a\r\n\r\n" |
    grep -v -e '^$' -e '^Content' -e '^Accept')"
check "HTTP/1.0 stays when it is asked to" 2 \
    "$(raw "HEAD / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n\
HEAD / HTTP/1.0\r\n\r\n" | grep -c '200 OK')"
check "a body ends the connection" 1 \
    "$(raw "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n\
GET / HTTP/1.1\r\nHost: a\r\n\r\n" | grep -c '200 OK')"
status_of "fields, as many as may be" 200 \
    "/ HTTP/1.1\r\n$(repeat 96 'Name: value\\r\\n')X: x\r\nY: 1"

# ---- Parts of files ----

# part NAME EXPECTED RANGE...
part() {
    check "$1" "$2" "$(ask "Range: $3\r\n" /digits.txt |
        sed -n '1s/HTTP.1.1 \([0-9]*\).*/\1/p; /^Content-R/p; $p')"
}
part "a range" '206
Content-Range: bytes 2-4/11
234' bytes=2-4
part "a range to the end" '206
Content-Range: bytes 7-10/11
789' bytes=7-
part "the last bytes" '206
Content-Range: bytes 7-10/11
789' bytes=-4
part "a range that is too long" '206
Content-Range: bytes 9-10/11
9' bytes=9-99999999999999999999999
part "a range behind the end" '416
Content-Range: bytes */11
416 Range Not Satisfiable' bytes=11-
for range in bytes=4-2 bytes=-- bytes=- bytes=1-2,4-5 bytes=x "bytes=1-+2"; do
    part "not a range: $range" '200
0123456789' "$range"
done

modified=$(exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'HEAD /digits.txt HTTP/1.0\r\n\r\n' >&3
    tr -d '\r' <&3 | sed -n 's/^Last-Modified: //p')
check "not modified" 'HTTP/1.1 304 Not Modified
Connection: close' "$(ask "If-Modified-Since: $modified\r\n" /digits.txt)"
check "modified" 0123456789 "$(ask "If-Modified-Since: x\r\n" /digits.txt |
    tail -1)"
check "a range of what it was" 56 \
    "$(ask "If-Range: $modified\r\nRange: bytes=5-6\r\n" /digits.txt | tail -1)"
check "no range of something else" 0123456789 \
    "$(ask "If-Range: x\r\nRange: bytes=5-6\r\n" /digits.txt | tail -1)"

# ---- Bad requests ----

for target in /../secret /%2e%2e/secret /sub/../../secret /%2e%2e%2fsecret \
    /link /folder-link/index.html /.secret "//$PWD/$tmp/secret" \
    "/$(repeat 300 x)" /digits.txt/ /pipe /.; do
    status_of "not served: ${target:0:40}" 404 "$target"
done
status "no such method" 405 'DELETE /digits.txt HTTP/1.1\r\nHost: a\r\n\r\n'
status "a method with a body" 405 \
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n$(repeat 9999 x)"
status "no such version" 505 'GET / HTTP/2.0\r\n\r\n'
status "no host" 400 'GET / HTTP/1.1\r\n\r\n'
status "no version" 400 'GET /\r\n\r\n'
status "no target" 400 'GET HTTP/1.1\r\n\r\n'
status "no slash" 400 'GET digits.txt HTTP/1.1\r\nHost: a\r\n\r\n'
status "nothing but noise" 400 '\x16\x03\x01\x02\n'
status "a NUL" 400 'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n'
status "an encoded NUL" 400 'GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n'
status "half an encoded byte" 400 'GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n'
status "a field without a colon" 400 'GET / HTTP/1.1\r\nHost\r\n\r\n'
status "a blank before the colon" 400 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'
status "a field in two lines" 400 'GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n'
status "too long a target" 414 "GET /$(repeat 9000 x) HTTP/1.1\r\n\r\n"
status "too long a field" 431 "GET / HTTP/1.1\r\nA: $(repeat 9000 x)\r\n\r\n"
status "too many fields" 431 "GET / HTTP/1.1\r\n$(repeat 101 'A: b\\r\\n')\r\n"

# ---- With curl ----

url=http://127.0.0.1:$port
if command -v curl >"$tmp/which"; then
    curl -s "$url/numbers" | cmp - "$tmp/www/numbers" >"$tmp/cmp"
    check "curl gets a big file" 0 $?
    check "curl gets two with one connection" 1 \
        "$(curl -sv "$url/numbers" "$url/sub/" 2>&1 >"$tmp/two" |
            grep -c '^. Connected to')"
    check "both" "$(cat "$tmp/www/numbers" "$tmp/www/sub/index.html" | cksum)" \
        "$(cksum <"$tmp/two")"
    head -c 3000000 "$tmp/www/numbers" >"$tmp/rest"
    curl -s -C - -o "$tmp/rest" "$url/numbers"
    cmp "$tmp/rest" "$tmp/www/numbers" >"$tmp/cmp"
    check "curl goes on with a half file" 0 $?
    check "curl follows to a folder" 'in the folder' "$(curl -sL "$url/sub")"
    check "curl is told that it cannot post" 405 \
        "$(head -c 500000 "$tmp/www/numbers" | curl -s -o "$tmp/posted" \
            -w '%{http_code}' --data-binary @- -H Expect: "$url/")"
else
    echo "skip file_server: there is no curl"
fi

# One is in the middle of an answer, another one idle.
exec 4<>"/dev/tcp/127.0.0.1/$port" 5<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /big HTTP/1.1\r\nHost: a\r\n\r\n' >&4
head -c 20000 <&4 >"$tmp/begin"
stop "the server"
exec 4>&- 5>&-

# ---- Slow clients ----

start 0.3
exec 3<>"/dev/tcp/127.0.0.1/$port"
check "a client that says nothing is cut off" "" "$(timeout 60 cat <&3)"
exec 3>&-

exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET / HTTP/1.1\r\nName: ' >&3
(trap '' PIPE
    for _ in $(seq 600); do printf x >&3 && sleep 0.1 || exit; done) \
    2>"$tmp/slow" &
slow=$!
check "a client that says one byte after the other is told so" \
    'HTTP/1.1 408 Request Timeout' "$(timeout 60 cat <&3 | tr -d '\r' | head -1)"
exec 3>&-
kill $slow 2>"$tmp/slow"
wait $slow

exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /big HTTP/1.1\r\nHost: a\r\n\r\n' >&3
sleep 2
received=$(timeout 60 cat <&3 2>"$tmp/reset" | wc -c)
exec 3>&-
check "a client that does not listen is cut off" yes \
    "$([ "$received" -lt 60000000 ] && echo yes)"

exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /big HTTP/1.0\r\nRange: bytes=0-9999999\r\n\r\n' >&3
received=0
for _ in $(seq 7); do
    received=$((received + $(head -c 1500000 <&3 | wc -c)))
    sleep 0.1
done
exec 3>&-
check "a client that listens slowly is not" yes \
    "$([ "$received" -gt 10000000 ] && echo yes)"
stop "the impatient server"

exit $failed
