#!/usr/bin/env bash
# run.sh OUT - weft and its peers, in one run; OUT is the folder of the build.
#
# Within each repetition all peers run after another, so that a slow spell of
# the machine hits all. Each sample goes to OUT/benchmarks/raw.tsv; results.tsv
# beside it has medians, least, most and count. A full run also writes
# tests/bench/results.tsv, of which `make bench-plot` makes the page.
#
#   QUICK=1            less of everything
#   ONLY="w1 w6"       these workloads; PEERS="weft go" these peers
set -u
cd "$(dirname "$0")/../.." || exit 1
out=$1
bench=$out/benchmarks
raw=$bench/raw.tsv
QUICK=${QUICK:-} ONLY=${ONLY:-} PEERS=${PEERS:-}
port=${PORT:-9100}
python=$(command -pv python3) # the system's: uvloop is built for it
if [ -n "$QUICK" ]; then
    reps=2 slow_reps=1 net_reps=2 duel_reps=1 rest_reps=1
    seconds=0.25 duel_seconds=1 tasks=100000 most=100000
    shapes="100x64 100x16384" dueling="weft weft-streams libev"
else
    reps=5 slow_reps=5 net_reps=5 duel_reps=3 rest_reps=3
    seconds=0.4 duel_seconds=2 tasks=1000000 most=10000000
    shapes="1x64 100x64 1000x64 1x16384 100x16384 1000x16384"
fi
fast="weft pt-limit libev libuv cpp20"
slow="asio tokio go node uvloop asyncio"
echoing="weft weft-streams epoll libev libuv asio tokio go node uvloop
    uvloop-streams asyncio asyncio-streams"
dueling=${dueling:-$echoing}

# The servers and what is measured alone on one processor, clients on another.
if [ "$(nproc)" -gt 1 ]; then
    here="taskset -c 0" there="taskset -c 1"
else
    here= there=
fi
ulimit -n "$(ulimit -Hn)"

wanted() { # WORDS WORD
    [ -z "$1" ] || [[ " $1 " == *" $2 "* ]]
}

# The command of a peer, in $command; fails when it is not there.
command_of() {
    case $1 in
    asyncio*) command="env -u UVLOOP $python tests/bench/peers/peer.py" ;;
    uvloop*) command="env UVLOOP=1 $python tests/bench/peers/peer.py" ;;
    node) command="node tests/bench/peers/node.mjs" ;;
    go) command="env GOMAXPROCS=1 $bench/go" ;;
    weft-streams) command=$bench/weft ;;
    *) command=$bench/$1 ;;
    esac
    case $1 in
    uvloop*) "$python" -c 'import uvloop' 2>/dev/null ;;
    asyncio*) [ -n "$python" ] ;;
    node) command -v node >/dev/null ;;
    *) [ -x "${command##* }" ] ;;
    esac
}

# note WORKLOAD PEER - its metrics, from stdin
note() {
    sed "s/^/$1	$2	/" >>"$raw"
}

# one WORKLOAD PEER ARGUMENTS... - nothing is noted of what a peer lacks
one() {
    local workload=$1 peer=$2
    shift 2
    wanted "$ONLY" "$workload" && wanted "$PEERS" "$peer" || return 0
    command_of "$peer" || return 0
    timeout 120 $here $command "$workload" "$@" 2>>"$bench/stderr" |
        note "$workload" "$peer"
}

# start PEER COMMAND... - a server, in $pid; the kernel tells when it listens
pids=()
start() {
    $here "$@" >>"$bench/stderr" 2>&1 &
    pid=$!
    pids+=("$pid")
}

stop() {
    [ ${#pids[@]} = 0 ] && return
    kill "${pids[@]}" 2>/dev/null
    wait "${pids[@]}" 2>/dev/null
    pids=()
}
trap stop EXIT

# serve WORKLOAD PEER ARGUMENTS... - on the next port; $pid and $port
serve() {
    local workload=$1 peer=$2
    shift 2
    command_of "$peer" || return 1
    port=$((port + 1))
    start $command "$workload" "$port" "$@"
}

say() {
    echo "$1, after $SECONDS s" >&2
}

# ---- In one process ----

in_process() {
    local rep peer workload nap
    for rep in $(seq "$reps"); do
        say "repetition $rep"
        for workload in w1 w2 w4 w7 w8 w9 w12; do
            for peer in $fast; do
                one $workload "$peer"
            done
            [ "$rep" -gt "$slow_reps" ] && continue
            for peer in $slow; do
                one $workload "$peer"
            done
        done
    done
    for rep in $(seq "$rest_reps"); do
        say "sleep and timers $rep"
        for peer in $fast; do
            one w3 "$peer" "$tasks" 1
            one w5 "$peer" "$tasks"
        done
        [ "$rep" -gt 1 ] && continue
        for peer in $slow; do
            # Long enough for all of Go's to sleep at once; the others begin
            # when all are made.
            [ "$peer" = go ] && nap=$((tasks / 100000)) || nap=1
            one w3 "$peer" "$tasks" $nap
            case $peer in
            asyncio | uvloop) one w5 "$peer" $((tasks / 5)) ;; # or minutes
            *) one w5 "$peer" "$tasks" ;;
            esac
        done
    done
}

# ---- Echo ----

# All servers stay up; who is not asked costs nothing.
echo_servers() {
    local -A ports=() servers=()
    local peer rep shape
    for peer in $echoing; do
        wanted "$PEERS" "$peer" || continue
        serve w6 "$peer" $([[ $peer == *-streams ]] && echo streams) || continue
        ports[$peer]=$port
        servers[$peer]=$pid
    done
    for rep in $(seq "$net_reps"); do
        say "echo $rep"
        for shape in $shapes; do
            for peer in $(shuf -e "${!ports[@]}"); do
                timeout 60 $there "$bench/load" echo "${ports[$peer]}" \
                    "${shape%x*}" "${shape#*x}" "$seconds" "${servers[$peer]}" \
                    2>>"$bench/stderr" | note "w6-$shape" "$peer"
            done
        done
    done
    stop
}

# Against raw libev, in alternating slices; both are started anew each time,
# for where a process lands in memory is worth a percent.
duels() {
    local peer rep shape libev
    for rep in $(seq "$duel_reps"); do
        say "duels $rep"
        for peer in $dueling; do
            wanted "$PEERS" "$peer" || continue
            serve w6 libev
            libev=$port
            serve w6 "$peer" $([[ $peer == *-streams ]] && echo streams) || {
                stop
                continue
            }
            # CPython settles its buffers in the first session.
            $there "$bench/load" echo "$port" 100 64 0.2 >/dev/null \
                2>>"$bench/stderr"
            for shape in 100x64 100x16384; do
                timeout 60 $there "$bench/load" duel "$port,$libev" \
                    "${shape%x*}" "${shape#*x}" "$duel_seconds" \
                    2>>"$bench/stderr" | note "duel-$shape" "$peer"
            done
            stop
        done
    done
}

# ---- Files, chat, TLS ----

# Requests a second and the slowest percent, of what wrk prints.
of_wrk() {
    awk '
        function us(t) {
            return t * (t ~ /us$/ ? 1 : t ~ /ms$/ ? 1e3 : 1e6)
        }
        $1 == "99%" { print "p99_us\t" us($2) }
        /^Requests\/sec/ { print "req_per_s\t" $2 }'
}

file_servers() {
    local folder=$PWD/$bench/www rep file peer
    local -A ports=()
    command -v wrk >/dev/null || return
    rm -rf "$folder" && mkdir -p "$folder"
    head -c 1024 /dev/urandom >"$folder/1k"
    head -c 102400 /dev/urandom >"$folder/100k"
    port=$((port + 1)) && ports[weft]=$port
    start "$out/docs/examples/file_server" "$folder" "$port"
    if command_of node; then
        serve w10 node "$folder" && ports[node]=$port
    fi
    if [ -x /usr/sbin/nginx ]; then
        port=$((port + 1)) && ports[nginx]=$port
        cat >"$bench/nginx.conf" <<END
daemon off; master_process off; worker_processes 1;
pid $PWD/$bench/nginx.pid; error_log stderr;
events { worker_connections 10000; }
http {
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
    client_body_temp_path $folder/t1; proxy_temp_path $folder/t2;
    fastcgi_temp_path $folder/t3; uwsgi_temp_path $folder/t4;
    scgi_temp_path $folder/t5;
    server { listen 127.0.0.1:$port backlog=4096; root $folder; }
}
END
        start /usr/sbin/nginx -c "$PWD/$bench/nginx.conf"
    fi
    sleep 1
    for rep in $(seq "$rest_reps"); do
        say "files $rep"
        for file in 1k 100k; do
            for peer in "${!ports[@]}"; do
                $there wrk -t 1 -c 100 -d 2s --latency \
                    "http://127.0.0.1:${ports[$peer]}/$file" \
                    2>>"$bench/stderr" | of_wrk | note "w10-$file" "$peer"
            done
        done
    done
    stop
}

chat_servers() {
    local rep peer
    for rep in $(seq "$rest_reps"); do
        say "chat $rep"
        for peer in weft libev go node uvloop asyncio; do
            wanted "$PEERS" "$peer" && serve w11 "$peer" || continue
            timeout 60 $there "$bench/load" chat "$port" 1000 1 "$pid" \
                2>>"$bench/stderr" | note w11 "$peer"
            stop
        done
    done
}

tls_servers() {
    local rep peer pem=$PWD/$bench/certificate.pem
    [ -x "$bench/load_tls" ] && command -v openssl >/dev/null || return
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -subj /CN=localhost -days 7 -keyout "$pem" -out "$pem.crt" \
        2>>"$bench/stderr" && cat "$pem.crt" >>"$pem"
    for rep in $(seq "$rest_reps"); do
        say "TLS $rep"
        for peer in weft-tls openssl go node asyncio uvloop; do
            wanted "$PEERS" "$peer" && serve w13 "$peer" "$pem" || continue
            timeout 60 $there "$bench/load_tls" "$port" 10 16384 1 "$pid" \
                2>>"$bench/stderr" | note w13 "${peer%-tls}"
            stop
        done
    done
}

# ---- More and more ----

# Nanoseconds a yield: the difference of two lengths, without the spawning.
yields_of() { # PEER TASKS
    local few=$((10000000 / $2)) short long
    [ "$few" -lt 10 ] && few=10
    short=$($here "$bench/$1" one t1000_ns "$2" "$few" | cut -f 2)
    long=$($here "$bench/$1" one t1000_ns "$2" $((4 * few)) | cut -f 2)
    awk -v n="$2" -v short="$short" -v long="$long" \
        'BEGIN { printf "%d\t%.2f\n", n, (4 * long - short) / 3 }'
}

scaling() {
    local n peer gb count
    gb=$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
    for peer in weft pt-limit; do
        wanted "$PEERS" "$peer" || continue
        for ((n = 10; n <= most; n *= 10)); do
            [ $((n / 2000000)) -gt "$gb" ] && break
            say "$n tasks and timers of $peer"
            yields_of "$peer" "$n" | note scale-yield "$peer"
            [ "$n" -lt 1000 ] && continue # smaller than a page of memory
            $here "$bench/$peer" w3 "$n" 1 | sed -n "s/^bytes_per_task/$n/p" |
                note scale-sleep "$peer"
            $here "$bench/$peer" w5 "$n" | awk -v n="$n" '
                /^c/ { sum += $2 } END { print n "\t" sum }' |
                note scale-timers "$peer"
        done
    done
    for peer in weft weft-streams; do
        wanted "$PEERS" "$peer" || continue
        for count in 1 10 100 1000 10000; do
            say "$count connections of $peer"
            serve w6 "$peer" $([[ $peer == *-streams ]] && echo streams)
            sleep 0.2
            timeout 60 $there "$bench/load" echo "$port" "$count" 64 "$seconds" \
                "$pid" 2>>"$bench/stderr" >"$bench/load.out"
            stop
            sed -n "s/^req_per_s/$count/p" "$bench/load.out" |
                note scale-connections "$peer"
            [ "$count" -lt 1000 ] && continue
            sed -n "s/^server_bytes_per_connection/$count/p" \
                "$bench/load.out" | note scale-memory "$peer"
            sed -n "s/^kernel_bytes_per_end/$count/p" "$bench/load.out" |
                note scale-kernel "$peer"
        done
    done
    for ((n = 1; n <= $(nproc); n *= 2)); do
        "$bench/cores" "$n" | sed "s/^yields_per_us/$n/" |
            note scale-cores weft
    done
}

# ---- All of it ----

# What the page says about where it was measured.
about() {
    [ -z "$QUICK" ] || echo "# a short run with few repetitions: rough ratios"
    echo "# $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)," \
        "$(nproc) processors, $(awk '/^MemTotal/ {
            printf "%.0f", $2 / 1048576 }' /proc/meminfo) GB, $(uname -s)" \
        "$(uname -r | cut -d. -f 1,2), $(. /etc/os-release && echo "$NAME" \
            "${VERSION_ID:-}")"
    echo "# $(
        {
            ${CC:-cc} --version | head -n 1
            cargo --version | cut -d ' ' -f 1,2
            dpkg-query -W -f '${Package} ${Version}\n' libev-dev libuv1-dev \
                libasio-dev librust-tokio-dev golang-1.19-go python3-uvloop \
                nginx-light libssl-dev
            echo "node $(node --version)"
            "$python" --version
        } 2>/dev/null | paste -sd, | sed 's/,/, /g'
    )"
}

has() { # A workload, or one that begins like it
    [ -z "$ONLY" ] || [[ " $ONLY" == *" $1"* ]]
}

mkdir -p "$bench" && : >"$raw" && : >"$bench/stderr"
in_process
has w6 && echo_servers
has duel && duels
has w10 && file_servers
has w11 && chat_servers
has w13 && tls_servers
has scale && scaling
say "done"

{
    about
    printf 'workload\tpeer\tmetric\tmedian\tleast\tmost\tsamples\n'
    sort -t '	' -k 1,3 -k 4,4g "$raw" | awk -F '\t' '
        function flush() {
            if (n)
                printf "%s\t%s\t%s\t%s\t%d\n", key,
                    n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2,
                    v[1], v[n], n
        }
        { now = $1 "\t" $2 "\t" $3 }
        now != key { flush(); key = now; n = 0 }
        { v[++n] = $4 }
        END { flush() }'
} >"$bench/results.tsv"
if [ -z "$QUICK$ONLY$PEERS" ]; then
    cp "$bench/results.tsv" tests/bench/results.tsv
fi
"$python" tests/bench/plot.py --tables "$bench/results.tsv" |
    tee "$bench/results.md"
