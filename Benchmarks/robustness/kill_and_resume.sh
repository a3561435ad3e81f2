#!/usr/bin/env bash
# Kills a run with SIGKILL at random moments, resumes it until it is done, and compares every data
# file with those of an undisturbed run.
#
#   Benchmarks/robustness/kill_and_resume.sh KILLS PIPELINE [run options…]
#
# Exit code 0 when all files are byte-identical. The seed of the moments is in CURATE_KILL_SEED.
set -euo pipefail

kills=${1:?how many kills}
shift
cd "$(dirname "$0")/../.."
curate=${CURATE:-bin/curate}
RANDOM=${CURATE_KILL_SEED:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Times, and paths given on the command line, are in these; all else is data. The date in the name
# of a release, and in what is known of it, is that of its run.
digest() {
    (cd "$1" && find . -type f ! -name stats.json ! -name 'curate.sqlite*' ! -name '*.lock' \
        ! -name settings.resolved.yaml ! -path '*/releases/*.json' -print0 | sort -z |
        xargs -0 sha256sum | sed 's|/releases/[0-9TZ-]*/|/releases/DATE/|')
}

start=$(date +%s%N)
"$curate" run "$@" -o "$work/whole" --no-progress >"$work/whole.log" 2>&1 || [ $? -eq 1 ]
milliseconds=$((($(date +%s%N) - start) / 1000000))
echo "undisturbed: ${milliseconds} ms"

for ((kill = 1; kill <= kills; kill++)); do
    # A resumed run has less left to do, so every kill comes within its share of the whole.
    moment=$((RANDOM * 32768 + RANDOM))
    moment=$((moment % (milliseconds / kills + 1)))
    "$curate" run "$@" -o "$work/killed" --no-progress >"$work/killed.log" 2>&1 &
    process=$!
    sleep "$(printf '%d.%03d' $((moment / 1000)) $((moment % 1000)))"
    if kill -KILL "$process" 2>/dev/null; then
        state=killed
    else
        state="was done"
    fi
    wait "$process" 2>/dev/null || true
    finished=$(find "$work/killed" -name manifest.json 2>/dev/null | wc -l)
    echo "kill $kill after ${moment} ms: $state, $finished stages stand"
done
"$curate" run "$@" -o "$work/killed" --no-progress >"$work/killed.log" 2>&1 || [ $? -eq 1 ]

if diff <(digest "$work/whole") <(digest "$work/killed"); then
    echo "byte-identical: $(digest "$work/whole" | wc -l) files"
else
    echo "the files above differ" >&2
    exit 1
fi
