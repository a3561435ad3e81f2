#!/usr/bin/env bash
# What an exit code means: situations with small inputs of our own, the code that is right, the one that came,
# and the first line that a person reads (the summary's, or the error where there is no summary).
#
#   Benchmarks/robustness/exit_codes.sh [path/to/curate]
#
# Ends with 1 when a code is not the right one.
set -uo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
curate=$(realpath "${1:-$home/bin/curate}")
work=$(mktemp -d)
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
export CURATE_SHARE=$home

python3 - <<'P'
import json
texts = ["dm for promo and get paid today", "see you at the harbour on sunday"]
rows = [{"id": f"r{i}", "text": f"{texts[i % 2]} number {i}", "labels": {"spam": (i + 1) % 2}} for i in range(40)]
lines = [json.dumps(row) for row in rows]
open("rows.jsonl", "w").write("\n".join(lines) + "\n")
open("empty.jsonl", "w").close()
known = [{**row, "labels": {"spam": 1}} for row in rows]
open("positives.jsonl", "w").write("\n".join(json.dumps(row) for row in known) + "\n")
chance = [{**row, "labels": {"spam": (i * i // 7 + i // 3) % 2}} for i, row in enumerate(rows)]
open("chance.jsonl", "w").write("\n".join(json.dumps(row) for row in chance) + "\n")
open("broken.jsonl", "w").write("\n".join(lines[:10] + ["{broken"] * 30) + "\n")
open("bomb.yaml", "w").write("version: 1\nx0: &x0 [a,a,a,a,a,a,a,a,a,a]\n" + "".join(
    f"x{i}: &x{i} [{','.join([f'*x{i - 1}'] * 10)}]\n" for i in range(1, 10)) + "stages: [ingest]\n")
P
# Answers calls about rows with an even number, and nothing usable to the others.
cat > server.py <<'P'
import http.server, json, re
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *arguments): pass
    def do_POST(self):
        asked = self.rfile.read(int(self.headers["content-length"]))
        is_odd = re.search(rb"number \d*[13579]\b", asked)
        answer = "I would rather not say." if is_odd else json.dumps({"labels": {"spam": 1}, "attributes": {}, "confidence": 0.9})
        body = json.dumps({"id": "x", "object": "chat.completion", "model": "m", "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
open("port", "w").write(str(server.server_address[1]))
server.serve_forever()
P
python3 server.py & server=$!
while [ ! -s port ]; do sleep 0.1; done

cat > taxonomy.yaml <<'Y'
name: small
categories: [{id: spam, title: Spam, definition: Offers that nobody asked for.}]
Y
# name, the file of rows, further lines of the file, the stages after ingest
pipeline() {
    printf 'name: %s\ntaxonomy: taxonomy.yaml\nsources: [{name: rows, path: %s}]\n%sstages:\n  - ingest\n%b' \
        "$1" "$2" "$3" "$4" > "$1.yaml"
}
release='  - split\n  - {use: report, title: Small}\n'
pipeline good rows.jsonl "" "$release"
pipeline nothing rows.jsonl "" "  - {use: filter, by: ingest, field: line, at_least: 1000}\n$release"
pipeline empty empty.jsonl "" "$release"
pipeline broken broken.jsonl "" "$release"
pipeline allowed broken.jsonl $'allow: {refused: 0.9}\n' "$release"
pipeline escapes rows.jsonl "" "  - {use: dedupe, name: ../dedupe}\n"
pipeline unknown rows.jsonl "" "  - {use: dedup}\n"
pipeline missing none.jsonl "" "$release"
pipeline column rows.jsonl "" "$release"
sed -i 's/path: rows.jsonl/path: rows.jsonl, text: body/' column.yaml
# name (part of every stored answer's key), port, further settings
provider() {
    printf 'provider: {name: %s, base_url: "http://127.0.0.1:%s/v1", model: m, %s}\n' "$1" "$2" "$3"
}
pipeline calls rows.jsonl "$(provider calls "$(cat port)" 'concurrency: 1')"$'\n' "  - {use: label, only: all}\n"
pipeline dead rows.jsonl "$(provider dead 9 'timeout_ms: 500')"$'\n' "  - {use: label, only: all}\n"
pipeline budget rows.jsonl "$(provider budget "$(cat port)" 'concurrency: 1, budget: {calls: 5}')"$'\n' \
    "  - {use: label, only: all}\n"
pipeline passed rows.jsonl "$(provider passed "$(cat port)" 'concurrency: 1')"$'\n' \
    "  - {use: label, only: all, max_failed: 1, labellers: [{use: model, min_confidence: 0.95}]}\n"
pipeline short rows.jsonl "$(provider short "$(cat port)" 'concurrency: 1')"$'\n' \
    "  - {use: generate, targets: {spam: 5}}\n"
pipeline unjudged positives.jsonl "" "  - embed\n  - split\n  - {use: evaluate, minimum_support: 1}\n"
pipeline gated chance.jsonl "" "  - embed\n  - split\n  - {use: evaluate, minimum_support: 1}\n"

wrong=0
printf '%-46s %5s %5s  %s\n' situation right came "first line"
# situation, right code, command line
try() {
    local name=$1 right=$2 came first
    shift 2
    timeout 120 "$curate" "$@" > out 2> err
    came=$?
    first=$(grep -m1 . out)
    if [ -z "$first" ] || [ "$came" -ge 64 ] && [ "$came" != 75 ]; then first=$(grep -m1 error: err || head -1 err); fi
    [ "$came" = "$right" ] || wrong=$((wrong + 1))
    printf '%-46s %5s %5s  %s\n' "$name" "$right" "$came" "${first//$work\//}"
}
run="--no-progress -o o"
try "all is well" 0 run good.yaml $run
try "the same again" 0 run good.yaml $run
try "-n 5 beside a good release" 0 run good.yaml $run -n 5
grep "not published" out | sed 's/^/    /'
file=$(ls o/good/*-split/train.jsonl)
python3 - "$file" <<'P'
import os, sys
data = bytearray(open(sys.argv[1], "rb").read()); data[40] ^= 1
os.unlink(sys.argv[1]); open(sys.argv[1], "wb").write(data)
P
try "a damaged file of a finished stage" 0 run good.yaml $run
grep "had been written" err | sed 's/^/    /'
try "a stage keeps no row" 1 run nothing.yaml $run
try "a source has no rows" 1 run empty.yaml $run
try "most rows unreadable" 1 run broken.yaml $run
try "most rows unreadable, allowed" 0 run allowed.yaml $run
try "a named column that is not there" 78 run column.yaml $run
try "half of the calls without usable answer" 1 run calls.yaml $run
try "a labeller passes most of its rows" 1 run passed.yaml $run
try "generation falls short" 1 run short.yaml $run
try "a gate without a known 0" 1 run unjudged.yaml $run
try "a gate fails" 1 run gated.yaml $run
try "the endpoint is dead" 69 run dead.yaml $run
try "the budget is used up" 75 run budget.yaml $run
try "a stage's name leads elsewhere" 78 run escapes.yaml $run
try "ten lines of aliases" 78 run bomb.yaml $run
try "a stage that is not there" 78 validate unknown.yaml
try "a source that is not there" 78 run missing.yaml $run
try "a bad row, strictly" 65 run broken.yaml $run --strict
try "a command that is not there" 64 rum good.yaml
try "an id that nobody knows" 64 explain r400 -o o
try "a deadline that has passed" 64 run good.yaml $run --deadline 2026-01-01T05:30
head -10 rows.jsonl > few.jsonl
try "a file that was cut off behind a good release" 1 run good.yaml $run --set sources.rows.path=few.jsonl
echo
echo "$wrong of the codes wrong"
[ "$wrong" = 0 ]
