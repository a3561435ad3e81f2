#!/usr/bin/env bash
# Runs the quickstart with bin/curate in a folder of its own, compares every stage with committed
# digests, and does the same stages once more with worker processes: the bytes must not differ.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# run NAME OPTIONS...: a failed gate (1) speaks of the data; anything else is a failure of ours.
run() {
    local code=0
    bin/curate run pipelines/quickstart.yaml --no-progress -o "$out/$1" "${@:2}" || code=$?
    if [ "$code" -gt 1 ]; then
        echo "test-quickstart: the quickstart failed (exit code $code)" >&2
        exit "$code"
    fi
    if [ ! -d "$out/$1/quickstart/release" ]; then
        echo "test-quickstart: the quickstart made no release" >&2
        exit 1
    fi
}

run plain
scripts/golden.py "$out/plain/quickstart" Tests/GoldenTests/quickstart.json

run threads -j 1 --set run.shard_rows=300
run workers --workers 2 --set run.shard_rows=300
scripts/golden.py "$out/threads/quickstart" "$out/threads.json" --record
scripts/golden.py "$out/workers/quickstart" "$out/threads.json"
