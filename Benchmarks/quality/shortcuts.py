#!/usr/bin/env python3
"""Whether `health` finds shortcuts planted into real rows, and at what rank.

    shortcuts.py rows.jsonl[.gz] --category NAME --curate bin/curate

A row is {"id","text","label"}. Into the rows of the category one shortcut at a time is planted: a
placeholder and a plain word in a share of them (and in a twentieth of that share of the others), a
length (rows are cut to a fifth of their words), a source (rows come from a file of their own). For
each share and seed the rank over all findings and the rank among those of its kind are printed, 0
for none; beside them the rank without a plant, of a finding of that kind and category. No text of
a row is printed.
"""
import argparse
import gzip
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

KINDS = {"placeholder": "[REDACTED]", "word": "zorblat", "length": None, "source": "planted"}


def read(path):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def plant(rows, kind, category, share, rng):
    """The rows with one shortcut, and those of them that come from another source."""
    changed, moved = [], []
    for row in rows:
        own = row["label"] == category
        if kind is None or rng.random() >= (share if own else share / 20):
            changed.append(row)
        elif kind == "source":
            moved.append(row)
        else:
            words = row["text"].split(" ")
            if kind == "length":
                words = words[: max(1, len(words) // 5)]
            else:
                words.insert(rng.randrange(len(words) + 1), KINDS[kind])
            changed.append(row | {"text": " ".join(words)})
    return changed, moved


def health(curate, changed, moved):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = []
        for source, rows in (("rows", changed), ("planted", moved)):
            if rows:
                text = "".join(json.dumps(row) + "\n" for row in rows)
                (folder / f"{source}.jsonl").write_text(text)
                sources.append(f"  - {{name: {source}, path: {folder}/{source}.jsonl}}\n")
        pipeline = folder / "pipeline.yaml"
        pipeline.write_text(
            "version: 1\nname: planted\nsources:\n" + "".join(sources)
            + "stages:\n  - use: ingest\n  - use: health\n")
        done = subprocess.run(
            [curate, "run", str(pipeline), "-o", str(folder / "out")], capture_output=True,
            text=True)
        if done.returncode:
            sys.exit(f"curate ended with {done.returncode}: {done.stderr[-2000:]}")
        return json.loads(next(folder.glob("out/planted/*-health/health.json")).read_text())


def rank(found, kind, category):
    for one in found["shortcuts"]:
        fits = KINDS[kind] is None or one["value"].lower() == KINDS[kind].lower()
        # One value of two goes with the category, the other with the rest.
        if one["kind"] == kind and one["category"] == category and (fits or kind == "source"):
            return one["rank"], one["rankOfKind"], one["positives"], one["rows"]
    return 0, 0, 0, 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rows")
    parser.add_argument("--category", required=True)
    parser.add_argument("--curate", default="bin/curate")
    parser.add_argument("--shares", type=float, nargs="+", default=[0.1, 0.3, 0.6, 0.9])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=0, help="the first rows only")
    arguments = parser.parse_args()
    rows = read(arguments.rows)
    rows = rows[:arguments.limit] if arguments.limit else rows
    plain = health(arguments.curate, *plant(rows, None, arguments.category, 0, random.Random(0)))
    print("kind", "share", "seed", "rank", "rank of kind", "positives", "rows", "rank without",
          sep="\t")
    missed = 0
    for kind in KINDS:
        for share in arguments.shares:
            for seed in range(arguments.seeds):
                rng = random.Random(seed)
                found = health(
                    arguments.curate, *plant(rows, kind, arguments.category, share, rng))
                place = rank(found, kind, arguments.category)
                missed += place[0] == 0
                print(kind, share, seed, *place, rank(plain, kind, arguments.category)[0],
                      sep="\t", flush=True)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
