#!/usr/bin/env python3
"""How many rows of rare categories rounds of `select` find, beside random picks and uncertainty.

    selection.py rows.jsonl[.gz] --category NAME ... --curate bin/curate --model models/MODEL

A row is {"id","text","labels":{category:0 or 1}}. For each category and seed, `--start` rows get
their label, at least two of them of the category; then `--rounds` times `--picks` rows are picked
out of the others and get theirs. Printed is, per way of picking, how many rows of the category were
found, divided by what random picks find on average. `uncertainty` is the least-confidence query of
modAL and small-text with scikit-learn's LogisticRegression(class_weight="balanced"); `highest`
takes that model's highest scores; `even mix` and `default` are `curate select`. No text is printed.
"""
import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

MIXTURES = {
    "default": "",
    "even mix": "mixture: {random: 1, highest: 0, threshold: 1, uncertainty: 1}, ",
}


def read(path):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def run(curate, folder, yaml):
    path = folder / "pipeline.yaml"
    path.write_text(yaml)
    done = subprocess.run(
        [curate, "run", str(path), "-o", str(folder / "out")], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"curate ended with {done.returncode}: {done.stderr[-2000:]}")


def records(folder, stage):
    for path in sorted((folder / "out").glob(f"rounds/*-{stage}/records/*.jsonl")):
        yield from read(path)


def pipeline(model, select):
    return f"""version: 1
name: rounds
sources:
  - {{name: rows, path: FOLDER/rows.jsonl}}
stages:
  - use: ingest
  - {{use: embed, model: {model}}}
{select}"""


class Pool:
    def __init__(self, rows, arguments, folder):
        self.rows, self.folder, self.curate = rows, folder, arguments.curate
        self.text = pipeline(Path(arguments.model).resolve(), "").replace("FOLDER", str(folder))
        self.write([None] * len(rows), "any")
        run(self.curate, folder, self.text)
        order = [record["id"] for record in records(folder, "embed")]
        found = [
            np.load(path)
            for path in sorted((folder / "out").glob("rounds/*-embed/embeddings*.npy"))]
        place = {name: at for at, name in enumerate(order)}
        vectors = np.concatenate(found)
        self.vectors = vectors[[place[str(at)] for at in range(len(rows))]]

    def write(self, labels, category):
        with open(self.folder / "rows.jsonl", "w") as file:
            for at, (row, label) in enumerate(zip(self.rows, labels)):
                line = {"id": str(at), "text": row["text"]}
                if label is not None:
                    line["labels"] = {category: int(label)}
                file.write(json.dumps(line) + "\n")

    def by_curate(self, mixture, known, truth, category, picks, seed):
        labels = [truth[at] if known[at] else None for at in range(len(truth))]
        self.write(labels, category)
        select = f"  - {{use: select, {mixture}budget: {picks}}}\n"
        run(self.curate, self.folder, self.text + select + f"run: {{seed: {seed}}}\n")
        kept = {int(record["id"]) for record in records(self.folder, "select")}
        return np.array(sorted(at for at in kept if not known[at]))

    def by_sklearn(self, way, known, truth, picks):
        model = LogisticRegression(class_weight="balanced", max_iter=1000)
        model.fit(self.vectors[known], truth[known])
        rest = np.flatnonzero(~known)
        scores = model.predict_proba(self.vectors[rest])[:, 1]
        key = -scores if way == "highest" else np.abs(scores - 0.5)
        return rest[np.argsort(key, kind="stable")[:picks]]


def start(truth, size, rng):
    known = np.zeros(len(truth), bool)
    known[rng.choice(len(truth), size, replace=False)] = True
    missing = 2 - truth[known].sum()
    if missing > 0:
        known[rng.choice(np.flatnonzero(truth & ~known), missing, replace=False)] = True
    return known


def found(pool, way, truth, category, seed, arguments):
    """How many times what random picks find on average, and how many rows were picked."""
    known = start(truth, arguments.start, np.random.default_rng(seed))
    expected, hits, picked = 0.0, 0, 0
    for _ in range(arguments.rounds):
        rest = ~known
        expected += arguments.picks * truth[rest].sum() / rest.sum()
        if way in MIXTURES:
            chosen = pool.by_curate(
                MIXTURES[way], known, truth, category, arguments.picks, seed)
        else:
            chosen = pool.by_sklearn(way, known, truth, arguments.picks)
        hits += truth[chosen].sum()
        picked += len(chosen)
        known[chosen] = True
    return hits / expected, picked


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rows")
    parser.add_argument("--category", action="append", required=True)
    parser.add_argument("--curate", default="bin/curate")
    parser.add_argument("--model", default="models/all-MiniLM-L6-v2")
    parser.add_argument("--limit", type=int, default=0, help="the first rows only")
    parser.add_argument("--start", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--picks", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    rows = read(arguments.rows)
    rows = rows[:arguments.limit] if arguments.limit else rows
    ways = [*MIXTURES, "uncertainty", "highest"]
    print("category", "rows", *ways, "picked", sep="\t")
    with tempfile.TemporaryDirectory() as folder:
        pool = Pool(rows, arguments, Path(folder))
        for category in arguments.category:
            truth = np.array([bool(row["labels"].get(category, 0)) for row in rows])
            means, picked = [], []
            for way in ways:
                values = [
                    found(pool, way, truth, category, seed, arguments)
                    for seed in range(arguments.seeds)]
                means.append(f"{np.mean([value for value, _ in values]):.1f}")
                if way in MIXTURES:
                    picked.append(min(count for _, count in values))
            print(category, truth.sum(), *means, min(picked), sep="\t", flush=True)


if __name__ == "__main__":
    main()
