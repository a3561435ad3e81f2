#!/usr/bin/env bash
# Connections that the server ends, under HTTP/2 and HTTP/1.1, told from its own log: 10,000 calls
# with at most 100 a connection, a graceful reload in the middle, and 1,024 calls in flight.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
need nginx openssl
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext "subjectAltName=IP:127.0.0.1" -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
tls="ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;"

# ask NAME CALLS IN_FLIGHT [OPTIONS]: one run, and what the log says of it.
ask() {
    timeout 120 "$program" --url "https://127.0.0.1:$port/v1" --workspace "$work/workspace-$1" \
        --calls "$2" --in-flight "$3" --ca-file "$work/cert.pem" "${@:4}"
    sleep 0.5
    echo "$1: $(wc -l <"$folder/log") requests for $(cut -d' ' -f2 "$folder/log" | sort -u | wc -l)" \
        "rows over $(cut -d' ' -f3 "$folder/log" | sort -u | wc -l) connections"
}

start_nginx rotation-h2 0.02 "$tls keepalive_requests 100;" "ssl http2"
ask rotation-h2 10000 64 --http2
start_nginx rotation-h1 0.02 "$tls keepalive_requests 100;" ssl
ask rotation-h1 10000 64
for version in h2 h1; do
    options=()
    if [ $version = h2 ]; then options=(--http2); fi
    start_nginx "reload-$version" 0.1 "$tls" "ssl http2"
    (sleep 2 && kill -HUP "$(cat "$folder/nginx.pid")") &
    ask "reload-$version" 4000 64 "${options[@]}"
done
start_nginx many-h2 0.1 "$tls" "ssl http2"
ask many-h2 20000 1024 --http2
