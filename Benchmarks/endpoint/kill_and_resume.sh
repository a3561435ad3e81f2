#!/usr/bin/env bash
# A run of 5,000 calls, killed with SIGKILL at 20 random moments and resumed each time, told from the
# server's own log.
#
#   Benchmarks/endpoint/kill_and_resume.sh [CALLS] [KILLS] [IN FLIGHT]
#
# Fails unless no answered call was sent again, what was sent twice is at most what was in flight at
# the kills, and the output is that of an undisturbed run, byte by byte. CURATE_KILL_SEED seeds the
# moments.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
need nginx python3
calls=${1:-5000}
kills=${2:-20}
in_flight=${3:-64}
RANDOM=${CURATE_KILL_SEED:-1}

words() {
    command=("$program" --url "http://127.0.0.1:$port/v1" --workspace "$1" --calls "$calls"
        --in-flight "$in_flight" --output "$1.out")
}

start_nginx whole 0.1
start=$(date +%s%N)
words "$work/undisturbed"
"${command[@]}" >/dev/null
milliseconds=$((($(date +%s%N) - start) / 1000000))
echo "undisturbed: $calls calls in $milliseconds ms"

start_nginx killed 0.1
words "$work/disturbed"
count() { python3 "$here/replies.py" "$work/disturbed/curate.sqlite" "$1"; }
exposed_at_kills=0
for ((kill = 1; kill <= kills; kill++)); do
    moment=$((50 + (RANDOM * 32768 + RANDOM) % (milliseconds / kills * 2)))
    "${command[@]}" >/dev/null 2>&1 &
    process=$!
    sleep "$(printf '%d.%03d' $((moment / 1000)) $((moment % 1000)))"
    if kill -KILL "$process" 2>/dev/null; then state=killed; else state="was done"; fi
    wait "$process" 2>/dev/null || true
    # Those that nginx is still answering get their line in its log.
    sleep 0.3
    exposed=$(count intents)
    exposed_at_kills=$((exposed_at_kills + exposed))
    cp "$folder/log" "$work/log.$kill"
    count keys >"$work/answered.$kill"
    echo "kill $kill after $moment ms: $state, $(count replies) answered, $exposed exposed"
    if [ "$exposed" -gt "$in_flight" ]; then echo "more exposed than in flight" >&2; exit 1; fi
done
"${command[@]}"
sleep 0.3
cmp "$work/undisturbed.out" "$work/disturbed.out"
echo "output byte-identical: $(wc -l <"$work/disturbed.out") rows"
python3 "$here/repeats.py" "$work" "$kills" "$folder/log" "$calls" "$exposed_at_kills"
