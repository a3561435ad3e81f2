#!/usr/bin/env bash
# Runs the readers of strangers' bytes under libFuzzer: Fuzz/README.md.
#   scripts/fuzz.sh TARGET SECONDS    one target; TARGET `all` runs each of them, one after the other
#   scripts/fuzz.sh --list            the targets' names
# Prints a table: executions, crashes, the largest memory. Exits 1 when an input crashed; such
# inputs lie in .build/fuzz-found/TARGET. New inputs are kept in .build/fuzz-corpus/TARGET.
# FUZZ_SEED makes a run repeatable as far as its time reaches; without it every run goes elsewhere.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# An input that takes longer than this, in seconds, or more memory, in MiB, counts as a crash.
slowest=10
largest=1024
# One allocation: Zstandard reserves the whole window that a file asks for, and fills what it needs.
reserved=4096

usage() {
    sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" | head -n -1 >&2
    exit 64
}

build() {
    export CURATE_FUZZ=1
    local flags=(-c release --scratch-path .build/fuzz --product fuzz)
    swift build "${flags[@]}" >&2
    program=$(swift build "${flags[@]}" --show-bin-path)/fuzz
}

# One target until its time is used up, begun again behind every crash.
run() {
    local target=$1 seconds=$2 executions=0 crashes=0 memory=0
    local found=.build/fuzz-found/$target corpus=.build/fuzz-corpus/$target log
    mkdir -p "$found" "$corpus" "Fuzz/Corpus/$target"
    log=.build/fuzz-found/$target.log
    : >"$log"
    local words=()
    if [ -f "Fuzz/Dictionaries/$target.dict" ]; then
        words=("-dict=Fuzz/Dictionaries/$target.dict")
    fi
    local end=$((SECONDS + seconds)) left part
    while left=$((end - SECONDS)) && [ "$left" -gt 0 ]; do
        part=$(mktemp)
        if ! "$program" "$target" "$corpus" "Fuzz/Corpus/$target" -max_total_time="$left" \
            -timeout="$slowest" -rss_limit_mb="$largest" -malloc_limit_mb="$reserved" \
            -artifact_prefix="$found/" -seed="${FUZZ_SEED:-0}" \
            -print_final_stats=1 -use_value_profile=1 -max_len=8192 "${words[@]}" >"$part" 2>&1; then
            crashes=$((crashes + 1))
        fi
        cat "$part" >>"$log"
        local count peak
        count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$part")
        peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$part")
        rm "$part"
        if [ -z "$count" ]; then
            echo "fuzz: $target did not run; see $log" >&2
            return 70
        fi
        executions=$((executions + count))
        if [ "$peak" -gt "$memory" ]; then memory=$peak; fi
    done
    printf '%-16s %8d %14d %8d %12d\n' "$target" "$seconds" "$executions" "$crashes" "$memory"
    [ "$crashes" -eq 0 ]
}

[ $# -ge 1 ] || usage
if [ "$1" != --list ] && { [ $# -ne 2 ] || ! [[ $2 =~ ^[1-9][0-9]*$ ]]; }; then usage; fi
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=16
export SWIFT_DETERMINISTIC_HASHING=1 SWIFT_BACKTRACE=enable=no
build
if [ "$1" = --list ]; then
    "$program" --list
    exit
fi
targets=$1
if [ "$1" = all ]; then targets=$("$program" --list); fi
printf '%-16s %8s %14s %8s %12s\n' target seconds executions crashes memory/MiB
code=0
for target in $targets; do
    run "$target" "$2" || code=$?
done
exit "$code"
