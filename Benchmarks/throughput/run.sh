#!/usr/bin/env bash
# Measures `ingest` and `scan` on one core: rows and megabytes a second, and the peak memory.
#
#   Benchmarks/throughput/run.sh ROWS.jsonl [ROWS]
#
# The file is repeated, with a number put behind every id, until it has ROWS rows (1000000 unless
# given). Each line is an object with the string `id`. Rates are given by the processor's time as
# well as by the clock, since the clock also counts what other programs take.
set -euo pipefail

source=$(realpath "${1:?a JSONL file}")
rows=${2:-1000000}
cd "$(dirname "$0")/../.."
curate=${CURATE:-bin/curate}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 - "$source" "$work/rows.jsonl" "$rows" <<'PYTHON'
import json
import sys

source, target, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(source, encoding="utf-8") as file:
    originals = [json.loads(line) for line in file if line.strip()]
if not originals:
    sys.exit("the file has no rows")
with open(target, "w", encoding="utf-8") as file:
    for number in range(rows):
        turn, place = divmod(number, len(originals))
        row = originals[place] | {"id": f"{originals[place].get('id', place)}-{turn}"}
        file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
PYTHON

cat >"$work/throughput.yaml" <<YAML
version: 1
name: throughput
sources:
  - path: rows.jsonl
stages:
  - use: ingest
  - use: scan
YAML
"$curate" run "$work/throughput.yaml" -j 1 -o "$work/out" --no-progress >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; exit 1; }

python3 - "$work" <<'PYTHON'
import json
import pathlib
import sys

work = pathlib.Path(sys.argv[1])
megabytes = (work / "rows.jsonl").stat().st_size / 1e6
print("stage          rows  rows/cpu-s  MB/cpu-s    rows/s      MB/s   peak MB")
for stats in sorted(work.glob("out/throughput/*/stats.json")):
    numbers = json.loads(stats.read_text())
    manifest = json.loads((stats.parent / "manifest.json").read_text())
    rows, cpu, seconds = manifest["counts"]["input"], numbers["cpuSeconds"], numbers["seconds"]
    print(
        f"{stats.parent.name:10} {rows:8} {rows / cpu:11.0f} {megabytes / cpu:9.1f} "
        f"{rows / seconds:9.0f} {megabytes / seconds:9.1f} {numbers['peakMegabytes']:9.1f}")
PYTHON
