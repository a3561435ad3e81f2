#!/usr/bin/env bash
# The machine's clock is set by an hour while the program runs: forward, back, and back again. With
# libfaketime, for this program alone; the clock that counts since the start of the machine goes on.
#
#   apt-get install libfaketime
#   Benchmarks/endpoint/clock.sh        about a minute
set -uo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
need nginx python3 cc
library=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -1)
if [ -z "$library" ]; then echo "libfaketime is missing" >&2; exit 69; fi
# nginx, where root starts it, looks for the file as somebody else.
chmod 711 "$work"
failures=0
check() {
    if "${@:2}"; then echo "ok: $1"; else echo "FAILED: $1"; failures=$((failures + 1)); fi
}
count() { python3 "$here/replies.py" "$1/curate.sqlite" "$2"; }
field() { grep -o "\"$2\":[0-9.]*" "$1" | cut -d: -f2; }
between() { awk -v v="${1:-none}" -v a="$2" -v b="$3" 'BEGIN { exit !(v >= a && v <= b) }'; }
set_clock() {
    echo "$1" >"$work/clock.new"
    mv "$work/clock.new" "$work/clock"
}
# The file is read at every look at the clock. The second env is the first program with the library:
# that one is given an environment of another address, where Swift would not find its arguments.
faked() {
    timeout 60 env LD_PRELOAD="$work/timers.so $library" FAKETIME_TIMESTAMP_FILE="$work/clock" \
        FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 env "$program" "$@"
}
cc -shared -fPIC -o "$work/timers.so" "$here/monotonic_timers.c" || exit 69

for jump in +3600 -3600; do
    echo "== 64 calls are told to wait 6 s; after 2 s the clock is set by $jump s"
    start_nginx "wait$jump" 0.1
    touch "$folder/paused"
    set_clock +0
    faked --url "http://127.0.0.1:$port/paused/v1" --workspace "$work/runs$jump" --calls 64 \
        --in-flight 64 --timeout-ms 5000 >"$work/wait.out" 2>&1 &
    process=$!
    sleep 1
    told=$(wc -l <"$folder/log")
    rm "$folder/paused"
    sleep 1
    set_clock "$jump"
    sleep 3
    check "none of the $told that were told to wait asks before its time" \
        [ "$(wc -l <"$folder/log")" -eq "$told" ]
    wait "$process"
    cat "$work/wait.out"
    check "all are answered, each asked twice" \
        [ "$(field "$work/wait.out" answered)" = 64 -a "$(field "$work/wait.out" sends)" = 128 ]
    check "6 s after the start and little more: $(field "$work/wait.out" seconds)" \
        between "$(field "$work/wait.out" seconds)" 6 8.5
done

echo "== 3,000 calls, 64 in flight; the clock is set forward by an hour, then back by two"
start_nginx jumps 0.1
set_clock +0
words=(--url "http://127.0.0.1:$port/v1" --workspace "$work/runs" --calls 3000 --in-flight 64
    --timeout-ms 5000 --output "$work/jumps.out")
faked "${words[@]}" >"$work/run.out" 2>&1 &
process=$!
sleep 1.5
set_clock +3600
sleep 1.5
check "it is in the middle of its work" kill -0 "$process"
set_clock -3600
wait "$process"
cat "$work/run.out"
check "every call is answered, each sent once, none lost or given up" \
    grep -q '"answered":3000,"failed":0,"sends":3000,"ambiguous":0' "$work/run.out"
check "it saw the clock: $(count "$work/runs" hours) hours between two of its replies" \
    [ "$(count "$work/runs" hours)" -ge 1 ]
check "the ledger has $(count "$work/runs" replies) replies, no call is left open" \
    [ "$(count "$work/runs" replies)" -eq 3000 -a "$(count "$work/runs" intents)" -eq 0 ]
set_clock +0
"$program" "${words[@]/jumps.out/again.out}" >"$work/again.json"
check "run again by the right clock it asks nothing: $(wc -l <"$folder/log") requests in all" \
    [ "$(field "$work/again.json" sends)" = 0 -a "$(wc -l <"$folder/log")" -eq 3000 ]
check "and has the same answers" cmp "$work/jumps.out" "$work/again.out"
exit "$failures"
