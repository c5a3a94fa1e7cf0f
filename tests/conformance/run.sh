#!/bin/sh
# run.sh [--with FILE] ARGUMENT... - find a Python whose asyncio is the one to
# compare with, and run compare.py, or FILE, with it. PYTHON=... asks for a
# certain one.
set -u
here=$(dirname "$0")
versions=${PYENV_ROOT:-$HOME/.pyenv}/versions
script=compare.py
if [ "${1:-}" = --with ]; then
    script=$2
    shift 2
fi

for python in ${PYTHON:-} python3 python3.13 python3.14 python3.15 \
    "$versions"/3.1[3-9]*/bin/python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 13))' \
        2>/dev/null; then
        exec "$python" -B "$here/$script" "$@"
    fi
done
echo "skip ${script%.py}: no Python 3.13"
