#!/bin/sh
# run.sh PROGRAM OUT SEEDS|FILE... - find a Python whose asyncio is the one to
# compare with, and compare. PYTHON=... asks for a certain one.
set -u
here=$(dirname "$0")
versions=${PYENV_ROOT:-$HOME/.pyenv}/versions

for python in ${PYTHON:-} python3 python3.13 python3.14 python3.15 \
    "$versions"/3.1[3-9]*/bin/python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 13))' \
        2>/dev/null; then
        exec "$python" -B "$here/compare.py" "$@"
    fi
done
echo "skip conformance: no Python 3.13"
