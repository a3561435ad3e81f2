# Shared by the scripts here: `source` it. Starts nginx with 100 ms latency on a free loopback port.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=${ENDPOINT_BENCHMARK:-$root/.build/release/endpoint-benchmark}
if [ ! -x "$program" ]; then
    echo "build it first: swift build -c release --product endpoint-benchmark" >&2
    exit 69
fi
work=$(mktemp -d)
servers=()
cleanup() {
    for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

need() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 69; }
    done
}

# await_port PORT NAME LOG: until somebody listens there, at most 20 s.
await_port() {
    for _ in $(seq 400); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
        sleep 0.05
    done
    echo "$2 does not start: $(tail -n 3 "$3")" >&2
    exit 69
}

# start_nginx NAME LATENCY [TLS SETTINGS] [LISTEN WORDS]: sets port and folder of the server.
start_nginx() {
    folder=$work/$1
    port=$(free_port)
    mkdir -p "$folder"
    local latency=$2 tls=${3:-} listen=${4:-} log="$folder/log keys"
    if [ "$1" = load ]; then log=off; fi
    sed -e "s#PORT reuseport#$port $listen reuseport#; s#FOLDER#$folder#g; s#TLS#$tls#;
        s#0.LATENCY#$latency#; s#LOG#$log#" "$here/nginx.conf.in" >"$folder/nginx.conf"
    # Ends by itself, whatever happens to this script.
    taskset -c "${SERVER_CPU:-1}" timeout 1800 nginx -p "$folder" -c "$folder/nginx.conf" \
        -e "$folder/error.log" 2>/dev/null &
    servers+=($!)
    await_port "$port" nginx "$folder/error.log"
}
