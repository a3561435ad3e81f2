#!/usr/bin/env bash
# The endpoint client beside Python's clients, against nginx with 100 ms latency: requests a second,
# processor seconds for 1,000 requests, peak memory. Ours has its durable ledger on.
#
#   Benchmarks/endpoint/run.sh [ROUNDS]        about 6 minutes with 2 rounds
#
# PEERS names a folder with a Python environment (see README.md); without it only ours runs.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
need nginx taskset openssl
rounds=${1:-2}
python=${PEERS:-}/bin/python

ours() {
    rm -rf "$work/workspace"
    taskset -c 0 timeout 120 "$program" --url "$url" --workspace "$work/workspace" \
        --in-flight "$1" --calls "$2" "${@:3}"
}
peer() {
    if [ ! -x "$python" ]; then return; fi
    taskset -c 0 timeout 120 "$python" "$here/peers.py" "$1" "$url" "$2" "$3" ||
        echo "{\"client\":\"$1\",\"in_flight\":$2,\"ended\":\"after 120 s\"}"
}

echo "date: $(date -u +%Y-%m-%d)"
echo "processor: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(nproc) of them"
echo "nginx: $(nginx -v 2>&1 | sed 's/.*: //')"
if [ -x "$python" ]; then
    "$python" -m pip list --format freeze 2>/dev/null | grep -E '^(aiohttp|httpx|openai|uvloop)=='
fi
start_nginx load 0.1
url=http://127.0.0.1:$port/v1
for ((round = 1; round <= rounds; round++)); do
    echo "load before round $round: $(cut -d' ' -f1-3 /proc/loadavg)"
    for in_flight in 64 256 1024; do
        ours $in_flight $((in_flight * 40))
        peer aiohttp $in_flight $((in_flight * 20))
        peer aiohttp+uvloop $in_flight $((in_flight * 20))
        # A tenth of their speed: fewer calls, so that the whole stays short.
        peer openai $in_flight $((in_flight * 2 + 512))
        peer httpx $in_flight 400
    done
done
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext "subjectAltName=IP:127.0.0.1" -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
start_nginx load 0.1 \
    "ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;" "ssl http2"
url=https://127.0.0.1:$port/v1
for in_flight in 64 256 1024; do
    ours $in_flight $((in_flight * 40)) --http2 --ca-file "$work/cert.pem"
done
echo "load after: $(cut -d' ' -f1-3 /proc/loadavg)"
