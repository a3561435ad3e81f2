#!/usr/bin/env bash
# Makes the Nth system call of a kind fail in every thread of a run and of its workers (strace), goes
# on without failures, and compares every manifest with those of an undisturbed run.
#
#   Benchmarks/robustness/failing_calls.sh PIPELINE [run options…]
#
# Exit code 0 when no run ended by a signal or said that it was done with other bytes, and all
# manifests are equal afterwards.
set -euo pipefail

cd "$(dirname "$0")/../.."
curate=${CURATE:-bin/curate}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

manifests() {
    (cd "$1" && find . -name manifest.json ! -path '*/releases/*' -print0 | sort -z | xargs -0 sha256sum)
}

"$curate" run "$@" -o "$work/whole" --no-progress >"$work/whole.log" 2>&1 || [ $? -eq 1 ]
manifests "$work/whole" >"$work/whole.sums"

runs=0 failures=0
declare -A codes=()
for fault in fsync:EIO rename:EIO link:EIO,linkat:EIO write:ENOSPC pwrite64:ENOSPC openat:EMFILE \
    mkdir:ENOSPC unlink:EIO,unlinkat:EIO read:EIO mmap:ENOMEM; do
    case $fault in
    # The first ones are those of the system's loader, before the program begins.
    openat:* | read:* | mmap:*) numbers="150 200 300 400 600 900" ;;
    *) numbers="1 2 3 5 8 13 21 34" ;;
    esac
    for number in $numbers; do
        # A call that is not traced is not made to fail either.
        injected=(-e "trace=$(sed -E 's/:[A-Z]+//g' <<<"$fault")")
        for one in ${fault//,/ }; do
            injected+=(-e "inject=${one%:*}:error=${one#*:}:when=$number")
        done
        rm -rf "$work/out"
        code=0
        strace -f -qq -o /dev/null "${injected[@]}" \
            "$curate" run "$@" -o "$work/out" --no-progress >"$work/run.log" 2>&1 || code=$?
        codes[$code]=$((${codes[$code]:-0} + 1))
        verdict=fine
        [ "$code" -lt 128 ] || verdict="ended by a signal"
        if [ "$code" -le 1 ] && ! diff "$work/whole.sums" <(manifests "$work/out") >/dev/null; then
            verdict="said to be done with other bytes"
        fi
        "$curate" run "$@" -o "$work/out" --no-progress >"$work/again.log" 2>&1 || [ $? -eq 1 ]
        if ! diff "$work/whole.sums" <(manifests "$work/out") >/dev/null; then
            verdict="other bytes after going on"
        fi
        runs=$((runs + 1))
        if [ "$verdict" != fine ]; then
            failures=$((failures + 1))
            echo "$fault number $number: exit code $code, $verdict"
            tail -3 "$work/run.log"
        fi
    done
done
for code in "${!codes[@]}"; do echo "exit code $code: ${codes[$code]} runs"; done
echo "$failures of $runs runs failed"
[ "$failures" -eq 0 ]
