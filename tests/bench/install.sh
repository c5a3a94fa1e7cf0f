#!/bin/sh
# install.sh - the peers, from the system's packages where they are called as
# in Debian. What cannot be had is left out of the comparison.
set -u
missing=
need() { # WHAT PACKAGE - a program, or a file
    command -v "$1" >/dev/null || [ -e "$1" ] || missing="$missing $2"
}
need g++ g++
need /usr/include/uv.h libuv1-dev
need /usr/include/asio.hpp libasio-dev
ls /usr/lib/go-*/bin/go >/dev/null 2>&1 || need go golang-go
need /usr/share/cargo/registry librust-tokio-dev
need cargo cargo
need node nodejs
need /usr/bin/python3 python3
need /usr/lib/python3/dist-packages/uvloop python3-uvloop
need /usr/sbin/nginx nginx-light
need wrk wrk
need openssl openssl
need taskset util-linux
[ -z "$missing" ] && exit 0
command -v apt-get >/dev/null || {
    echo "not installed:$missing"
    exit 0
}
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "installing$missing"
# RUNLEVEL: no server is to be started.
$sudo apt-get update -qq
$sudo env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends $missing || echo "some of them are missing"
