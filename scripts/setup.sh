#!/bin/sh
# Builds .venv with the locked dependencies and this project in it. Quick when it is there already.
set -eu
cd "$(dirname "$0")/.."

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }

# Installs a package of the operating system, or says that a person must.
need_system_package() {
    package=$1
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        say "installing the system package $package"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null
    else
        fail "the system package $package is missing; install it (Debian, Ubuntu: sudo apt-get install $package) and run this again"
    fi
}

supported() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
        if supported "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    fail "no Python 3.11, 3.12 or 3.13 found; install one, or name it: make setup PYTHON=/path/to/python"
}

if ! supported .venv/bin/python; then
    python=$(find_python)
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        need_system_package "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    fi
    say "creating .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi

# LightGBM's wheel links to the system's OpenMP runtime.
if [ "$(uname -s)" = Linux ] && ! .venv/bin/python -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2>/dev/null; then
    need_system_package libgomp1
fi

say "installing the locked dependencies"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
export VIRTUAL_ENV="$PWD/.venv"
# Compiled once here, packages need not be compiled by every process where Python may write no bytecode.
# uv is many times quicker, but does not read pip's configuration of mirrors and certificates.
.venv/bin/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock || {
    say "uv could not install; trying pip"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
}
.venv/bin/uv pip install --quiet --no-deps --no-build-isolation --offline --editable .
say "done"
