#!/usr/bin/env bash
# Makes the environments and the test model where they are missing, then runs every test. Ends with 'N passed'.
set -euo pipefail
cd "$(dirname "$0")"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/slm-stack"
python="${PYTHON:-python3.11}"
mkdir -p "$cache"
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  echo "error: $python: not found, or without venv" >&2
  echo "  fix: apt-get install python3.11-venv, or name another Python 3.11: PYTHON=…" >&2
  exit 2
fi

# environment NAME FILES... COMMAND: makes the environment once per content of the files, under a lock.
environment() {
  local name="$1" install="$2" hash
  shift 2
  hash="$(cat "$@" | sha256sum | cut -c1-12)"
  local folder="$cache/$name-$hash"
  (
    flock 9
    if [ ! -f "$folder/complete" ]; then
      rm -rf "$folder"
      "$python" -m venv "$folder"
      "$install" "$folder/bin/pip" >&2
      touch "$folder/complete"
    fi
  ) 9>"$cache/$name.lock"
  echo "$folder"
}

install_tests() {
  "$1" install --quiet --require-hashes -r requirements.txt
  "$1" install --quiet -r requirements-test.txt
}

tests="$(environment onnx-tests install_tests requirements.txt requirements-test.txt)"
model="$(cd ../.. && node --import tsx tools/build/main.ts smollm2Onnx)"
ONNX_TEST_MODEL="$model" timeout 600 "$tests/bin/python" -m pytest -q -p no:cacheprovider "$@"
