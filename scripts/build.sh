#!/usr/bin/env bash
# Builds release and makes bin/curate, and a bin/curate-<stage> for every stage: the same file under
# another name (docs/decisions/0001-one-binary.md).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

swift build -c release --product curate
built=$(swift build -c release --show-bin-path)/curate

mkdir -p bin
rm -f bin/curate bin/curate-*
ln -s "$(realpath --relative-to=bin "$built")" bin/curate
bin/curate stages | tail -n +2 | while read -r stage _; do
    ln -s curate "bin/curate-$stage"
done
