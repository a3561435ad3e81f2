#!/usr/bin/env bash
# Builds release and leaves bin/curate: one file that runs without a Swift toolchain and can be
# copied; and a bin/curate-<stage> for every stage, links to it (docs/decisions/0001-one-binary.md).
# scripts/install.sh copies it together with the files that it reads.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

options=(-c release --static-swift-stdlib --product curate)
swift build "${options[@]}"
built=$(swift build "${options[@]}" --show-bin-path)/curate

mkdir -p bin
# A run that goes on keeps the file it began with.
strip -o bin/.curate.new "$built"
mv -f bin/.curate.new bin/curate
rm -f bin/curate-*
bin/curate stages | tail -n +2 | while read -r stage _; do
    ln -s curate "bin/curate-$stage"
done
