#!/usr/bin/env bash
# Set-up, format, build and all tests. Arguments go to `swift test`, such as --filter NAME.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() {
    local name=$1
    shift
    local start=$SECONDS code=0
    "$@" || code=$?
    if [ "$code" -ne 0 ]; then
        echo "test: FAILED in $name after $((SECONDS - start)) s (exit code $code)" >&2
        exit "$code"
    fi
    echo "test: $name ok, $((SECONDS - start)) s"
}

# A test that waits for a clock or a server must get the processor in time: without a limit all tests
# of the suite are begun at once.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8

step setup scripts/setup.sh
step format swift format lint --strict -r Sources Tests Fuzz Package.swift
step build swift build --build-tests
if [ $# -gt 0 ]; then
    step tests swift test --skip-build "$@"
else
    # The client's tests talk to servers in real time: they get the machine to themselves.
    step tests timeout --kill-after=10 1200 swift test --skip-build --skip RemoteTests
    step client-tests timeout --kill-after=10 600 swift test --skip-build --filter RemoteTests
fi
echo "test: all ok, $SECONDS s"
