#!/usr/bin/env bash
# Runs a pipeline on disks that are too small for it, gives each more room, goes on, and compares every
# manifest with those of a run that had room from the start. Needs root, for the disks.
#
#   Benchmarks/robustness/full_disk.sh DISKS PIPELINE [run options…]
#
# The sizes are spread evenly below what the whole workspace takes. Exit code 0 when every run that
# found no room ended with 75 and all manifests are equal afterwards.
set -euo pipefail

disks=${1:?how many disks}
shift
cd "$(dirname "$0")/../.."
curate=${CURATE:-bin/curate}
work=$(mktemp -d)
trap 'umount "$work/disk" 2>/dev/null || true; rm -rf "$work"' EXIT

manifests() {
    (cd "$1" && find . -name manifest.json ! -path '*/releases/*' -print0 | sort -z | xargs -0 sha256sum)
}

"$curate" run "$@" -o "$work/whole" --no-progress >"$work/whole.log" 2>&1 || [ $? -eq 1 ]
bytes=$(du -sb "$work/whole" | cut -f1)
echo "with room: $bytes bytes"

mkdir "$work/disk"
failures=0
for ((disk = 1; disk <= disks; disk++)); do
    size=$((bytes * disk / (disks + 1)))
    mount -t tmpfs -o "size=$size" tmpfs "$work/disk"
    code=0
    "$curate" run "$@" -o "$work/disk/out" --no-progress >"$work/disk.log" 2>&1 || code=$?
    stages=$(find "$work/disk/out" -name manifest.json 2>/dev/null | wc -l)
    mount -o "remount,size=$((bytes * 4))" "$work/disk"
    "$curate" run "$@" -o "$work/disk/out" --no-progress >"$work/again.log" 2>&1 || [ $? -eq 1 ]
    verdict=equal
    diff <(manifests "$work/whole") <(manifests "$work/disk/out") >/dev/null || verdict=DIFFERENT
    if [ "$verdict" != equal ] || { [ "$code" -gt 1 ] && [ "$code" -ne 75 ]; }; then
        failures=$((failures + 1))
        tail -3 "$work/disk.log"
    fi
    echo "$size bytes: exit code $code after $stages stages, then $verdict"
    umount "$work/disk"
done
echo "$failures of $disks disks failed"
[ "$failures" -eq 0 ]
