#!/bin/sh
# deps.sh [COMPILER FLAG...] - make sure that libev's header is there; install
# it if we may.
set -u
[ $# -gt 0 ] || set -- cc

has_ev() {
    echo '#include <ev.h>' | "$@" -E -xc - >/dev/null 2>&1
}

has_ev "$@" && exit 0
if command -v apt-get >/dev/null; then
    install="apt-get install -y --no-install-recommends libev-dev"
    refresh="apt-get update"
elif command -v dnf >/dev/null; then
    install="dnf install -y libev-devel"
elif command -v pacman >/dev/null; then
    install="pacman -S --noconfirm libev"
elif command -v apk >/dev/null; then
    install="apk add libev-dev"
elif command -v brew >/dev/null; then
    install="brew install libev"
else
    echo "weft needs libev's header ev.h: install your system's libev" \
        "development package" >&2
    exit 1
fi
become=
case $install in
brew*) ;;
*)
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            become="sudo"
        else
            echo "weft needs libev. Type:  sudo $install" >&2
            exit 1
        fi
    fi
    ;;
esac
echo "weft needs libev: $install"
$become $install >/dev/null 2>&1 ||
    { [ -n "${refresh:-}" ] && $become $refresh >/dev/null &&
        $become $install >/dev/null; }
has_ev "$@" || {
    echo "still no ev.h. Type:  $become $install" >&2
    exit 1
}
