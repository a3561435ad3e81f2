#!/usr/bin/env bash
# What the client does when the disk is full or failing, when it is told to stop, when the endpoint
# asks for a pause, and over 100,000 calls; and whether the key is found anywhere afterwards.
#
#   Benchmarks/endpoint/faults.sh        about 4 minutes; the disk part needs root and fiu-utils
set -uo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
need nginx python3
failures=0
marker=sk-marker-$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
mkdir -m 700 "$work/secret"
(umask 077 && echo "$marker" >"$work/secret/key")
# Where a core file would be, were one written.
mkdir "$work/runs"
cd "$work/runs"
ulimit -c unlimited

check() {
    if "${@:2}"; then echo "ok: $1"; else echo "FAILED: $1"; failures=$((failures + 1)); fi
}
count() { python3 "$here/replies.py" "$1/curate.sqlite" "$2"; }
words() {
    command=("$program" --url "http://127.0.0.1:$port/v1" --workspace "$1"
        --key-file "$work/secret/key" "${@:2}")
}
# No request reached the server without an intent or a reply that is on the disk.
all_recorded() {
    local log replies intents
    log=$(wc -l <"$folder/log")
    replies=$(count "$1" replies)
    intents=$(count "$1" intents)
    echo "server: $log requests; ledger: $replies replies, $intents open intents"
    [ "$log" -gt 0 ] && [ "$log" -le $((replies + intents)) ]
}
resumed() {
    local before=$1
    "${command[@]}"
    sleep 0.3
    local rows
    rows=$(cut -d' ' -f2 "$folder/log" | sort -u | wc -l)
    echo "after the resume: $(wc -l <"$folder/log") requests for $rows rows"
    [ "$rows" -eq 3000 ] && [ $(($(wc -l <"$folder/log") - rows)) -le "$before" ]
}

echo "== disk full"
if [ "$(id -u)" -eq 0 ] && mkdir "$work/small" && mount -t tmpfs -o size=1500k tmpfs "$work/small"; then
    start_nginx full 0.1
    words "$work/small" --calls 3000 --in-flight 64
    "${command[@]}" 2>"$work/runs/full.err"
    code=$?
    sleep 0.3
    check "a full disk stops the run with 75: $(head -c 160 "$work/runs/full.err")" [ "$code" -eq 75 ]
    mount -o remount,size=64m "$work/small"
    check "nothing was sent that is not recorded" all_recorded "$work/small"
    check "with room again the run continues" resumed "$(count "$work/small" intents)"
    umount "$work/small"
else
    echo "skipped: mounting a small tmpfs needs root"
fi

for fault in posix/io/sync/fdatasync posix/io/rw/pwrite; do
    echo "== $fault failing"
    if ! command -v fiu-run >/dev/null; then echo "skipped: fiu-utils is missing"; break; fi
    start_nginx "fiu-$(basename $fault)" 0.1
    words "$work/runs/$(basename $fault)" --calls 3000 --in-flight 64
    fiu-run -x -f "$work/fiu" "${command[@]}" 2>"$work/runs/fiu.err" &
    process=$!
    # In the middle of the run, and from then on.
    sleep 1.5
    fiu-ctrl -f "$work/fiu" -c "enable name=$fault" "$process"
    wait "$process"
    code=$?
    sleep 0.3
    check "a failing disk stops the run with 75 ($code): $(head -c 160 "$work/runs/fiu.err")" \
        [ "$code" -eq 75 ]
    check "nothing was sent that is not recorded" all_recorded "$work/runs/$(basename $fault)"
    check "on a good disk the run continues" resumed \
        "$(count "$work/runs/$(basename $fault)" intents)"
done

echo "== SIGTERM"
start_nginx term 0.1
words "$work/runs/term" --calls 3000 --in-flight 64
"${command[@]}" 2>"$work/runs/term.err" &
process=$!
sleep 1.5
tr '\0' ' ' <"/proc/$process/cmdline" >"$work/runs/cmdline"
start=$(date +%s%N)
kill -TERM "$process"
wait "$process"
code=$?
milliseconds=$((($(date +%s%N) - start) / 1000000))
check "it stops with 75 after $milliseconds ms, no call left open" \
    [ "$code" -eq 75 -a "$milliseconds" -lt 10000 -a "$(count "$work/runs/term" intents)" -eq 0 ]
check "and continues" resumed 0

echo "== answers that carry the key"
for place in refused failing page; do
    words "$work/runs/$place" --calls 4 --in-flight 4 --timeout-ms 5000
    command[2]=http://127.0.0.1:$port/$place
    timeout 60 "${command[@]}" >"$work/runs/$place.out" 2>&1
done
"${command[@]}" >/dev/null 2>&1 &
process=$!
sleep 0.3
kill -ABRT "$process"
wait "$process" 2>/dev/null

echo "== a pause of 60 s, and a first byte after 61 s"
words "$work/runs/silent" --calls 1 --in-flight 1
command[2]=http://127.0.0.1:$port/silent
"${command[@]}" >"$work/runs/silent.out" 2>&1 &
silent=$!
words "$work/runs/limited" --calls 1000 --in-flight 64
command[2]=http://127.0.0.1:$port/limited
"${command[@]}" >"$work/runs/limited.out" 2>&1 &
process=$!
sleep 3
ticks() { awk '{ print $14 + $15 }' "/proc/$process/stat"; }
before=$(ticks)
sleep 40
used=$(($(ticks) - before))
check "40 s of waiting take $used hundredths of a second of processor time" [ "$used" -lt 40 ]
check "and it waits still" kill -0 "$process"
kill -TERM "$process"
wait "$process"
wait "$silent"
check "a reply after 61 s of silence is no time-out: $(grep -o '"sends":[0-9]*' "$work/runs/silent.out" | head -1)" \
    grep -q '"sends":1,"ambiguous":0' "$work/runs/silent.out"

echo "== 100,000 calls"
start_nginx load 0.02
words "$work/runs/many" --calls 100000 --in-flight 1024
"${command[@]}" >"$work/runs/many.out" 2>&1 &
process=$!
most=0
while kill -0 "$process" 2>/dev/null; do
    open=$(find "/proc/$process/fd" -mindepth 1 2>/dev/null | wc -l)
    if [ "$open" -gt "$most" ]; then
        most=$open
    fi
    rss=$(awk '/VmRSS/ { print int($2 / 1024) }' "/proc/$process/status" 2>/dev/null) || true
    if [ -n "${rss:-}" ]; then memory+=("$rss"); fi
    sleep 1
done
wait "$process"
cat "$work/runs/many.out"
echo "MB resident, each second: ${memory[*]}"
check "at most $most open files" [ "$most" -lt 1200 ]
check "every call answered" grep -q '"answered":100000' "$work/runs/many.out"

echo "== the key"
hits=$(grep -rlF "$marker" "$work" --exclude-dir=secret | grep -v '/body/' | wc -l)
check "$(find "$work" -type f | wc -l) files, $(find "$work" -name 'core*' | wc -l) cores among them, $hits with the key" \
    [ "$hits" -eq 0 ]
exit "$failures"
