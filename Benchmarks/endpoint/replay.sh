#!/usr/bin/env bash
# A run is recorded by mitmproxy 11.0.2 between the program and nginx; nginx is stopped; an empty
# workspace is then filled from the recording alone. And what becomes of calls it does not know.
#
#   Benchmarks/endpoint/replay.sh [CALLS]        about half a minute
#
# CURATE_VENVS   where mitmproxy is installed, as for local_servers.sh
set -uo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
need nginx python3
calls=${1:-1000}
proxy=${CURATE_VENVS:-${TMPDIR:-/tmp}/curate-servers}/mitmproxy
if [ ! -x "$proxy/bin/mitmdump" ]; then
    python3 -m venv "$proxy"
    timeout 900 "$proxy/bin/pip" install -q mitmproxy==11.0.2 || exit 69
fi
failures=0
check() {
    if "${@:2}"; then echo "ok: $1"; else echo "FAILED: $1"; failures=$((failures + 1)); fi
}
count() { python3 "$here/replies.py" "$1/curate.sqlite" "$2"; }
field() { grep -o "\"$2\":[0-9.]*" "$1" | cut -d: -f2; }

# mitm SETTINGS...: between $door and nginx, which it asks only when it has to.
mitm() {
    timeout 600 "$proxy/bin/mitmdump" -q --mode "reverse:http://127.0.0.1:$port" \
        --listen-host 127.0.0.1 -p "$door" --set confdir="$work/mitm" \
        --set connection_strategy=lazy --set keepserving=true "$@" >>"$work/mitm.log" 2>&1 &
    mitm=$!
    servers+=("$mitm")
    await_port "$door" mitmdump "$work/mitm.log"
}
end_server() { kill "$1" && wait "$1" 2>/dev/null; }
# run NAME [WORDS]: into a workspace and an output of that name.
run() {
    timeout 120 "$program" --url "http://127.0.0.1:$door/v1" --workspace "$work/$1" \
        --output "$work/$1.out" --in-flight 32 --timeout-ms 10000 "${@:2}" \
        >"$work/$1.json" 2>"$work/$1.err"
}

start_nginx recorded 0.1
nginx=${servers[-1]}
door=$(free_port)
mitm -w "$work/flows"
run recorded --calls "$calls"
check "recorded: $(cat "$work/recorded.json")" [ "$(count "$work/recorded" replies)" -eq "$calls" ]
end_server "$mitm"
end_server "$nginx"
asked=$(wc -l <"$folder/log")

mitm --server-replay "$work/flows" --set server_replay_extra=kill
check "nobody answers but the recording" \
    bash -c "! (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null"
run replayed --calls "$calls"
check "replayed: $(cat "$work/replayed.json")" [ "$(field "$work/replayed.json" sends)" = "$calls" ]
check "the same answers, byte by byte" cmp "$work/recorded.out" "$work/replayed.out"

echo "== calls that were not recorded, broken off"
run unknown --calls 4 --first-row "$calls"
code=$?
cat "$work/unknown.err"
check "ends with 70 and a reason, nothing kept or open ($code)" \
    [ "$code" -eq 70 -a -s "$work/unknown.err" -a "$(count "$work/unknown" replies)" -eq 0 -a \
    "$(count "$work/unknown" intents)" -eq 0 ]
end_server "$mitm"

echo "== calls that were not recorded, answered with 404"
mitm --server-replay "$work/flows" --set server_replay_extra=404
run missing --calls 40 --first-row "$calls"
code=$?
cat "$work/missing.err"
check "ends with 70 after $(field "$work/missing.json" sends) requests, nothing kept or open ($code)" \
    [ "$code" -eq 70 -a "$(field "$work/missing.json" sends)" -le 32 -a \
    "$(count "$work/missing" replies)" -eq 0 -a "$(count "$work/missing" intents)" -eq 0 ]
end_server "$mitm"

echo "== without the recording as well"
cp "$work/replayed.out" "$work/before.out"
run replayed --calls "$calls"
check "the ledger answers alone: $(field "$work/replayed.json" cached) calls" \
    [ "$(field "$work/replayed.json" sends)" = 0 ]
check "the same answers again" cmp "$work/before.out" "$work/replayed.out"
check "nginx saw each call once: $asked" [ "$asked" -eq "$calls" -a \
    "$(wc -l <"$folder/log")" -eq "$calls" ]
exit "$failures"
