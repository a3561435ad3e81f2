#!/bin/bash
# Runs a command beside servers that nobody here wrote (local_servers.md says which and why).
# Loopback only; everything ends with the command, or after CURATE_SECONDS (900).
#
#   Benchmarks/endpoint/local_servers.sh swift test --filter 'InfinityTests|LiteLLMTests'
#   CURATE_SERVERS="llama mock" Benchmarks/endpoint/local_servers.sh swift test --filter RemoteTests
#
# CURATE_SERVERS   which of them (default: infinity litellm llama mock); local/ has a file for each
# CURATE_VENVS     where they are installed (default: a folder below TMPDIR)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venvs=${CURATE_VENVS:-${TMPDIR:-/tmp}/curate-servers}
seconds=${CURATE_SECONDS:-900}
log=$(mktemp -d)
mkdir -p "$venvs"
pids=()
waits=()
names=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait
    rm -rf "$log"
}
trap stop EXIT

# background NAME COMMAND...
background() {
    timeout "$seconds" "${@:2}" > "$log/$1" 2>&1 &
    pids+=($!)
}
# serve NAME PORT PATH COMMAND...: it is there when PATH answers.
serve() {
    background "$1" "${@:4}"
    waits+=("127.0.0.1:$2$3")
    names+=("$1=http://127.0.0.1:$2/v1")
}

read -ra chosen <<< "${CURATE_SERVERS:-infinity litellm llama mock}"
for server in "${chosen[@]}"; do
    source "$here/local/$server.sh"
    "install_$server"
done
for server in "${chosen[@]}"; do "start_$server"; done
for url in "${waits[@]}"; do
    for _ in $(seq 120); do
        curl -sf -m 2 "$url" > /dev/null && continue 2
        sleep 1
    done
    echo "no server at $url" >&2
    for file in "$log"/*; do echo "== $file" >&2; tail -n 5 "$file" >&2; done
    exit 1
done
export CURATE_LOCAL_SERVERS="${names[*]}"
timeout "$seconds" "$@"
