#!/usr/bin/env python3
"""How even `split` is beside iterative-stratification, and whether rows and families stay.

    splits.py quality rows.jsonl[.gz] ... --curate bin/curate [--seeds 5] [--group metadata.KEY]
    splits.py scale --rows 1000000 --curate bin/curate

A row is {"id","text","labels":{category:0 or 1},"metadata"}. `quality` prints for each file the label
and label pair deviation (LD, LPD of Sechidis 2011 and Szymanski 2017) of 80/10/10 of `split` beside
MultilabelStratifiedKFold of iterative-stratification 0.1.9 (ten folds, one test, one val), the size
deviation ED in rows, and the families (near-duplicates found by `dedupe`, groups of --group) of which
rows lie on both sides. Then the run is repeated with the rows that were held back (--held-back): of
the rows of the first night, how many are on their side still. `scale` makes stand-in rows with 18
categories and prints processor time and memory of `split` for two nights. No text is printed.
"""
import argparse
import collections
import gzip
import itertools
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SHARES = (("train", .8), ("val", .1), ("test", .1))


def read(path):
    with (gzip.open if str(path).endswith(".gz") else open)(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


class Workspace:
    def __init__(self, curate, folder, stages):
        self.curate, self.folder, self.stages = curate, Path(folder), stages

    def run(self, lines, seed):
        with open(self.folder / "rows.jsonl", "w") as file:
            file.writelines(lines)
        path = self.folder / "p.yaml"
        path.write_text(
            f"version: 1\nname: splits\nrun: {{seed: {seed}}}\nsources: [{{path: rows.jsonl}}]\n"
            f"allow: {{refused: 1, shrink: 1}}\nstages: {self.stages}\n")
        done = subprocess.run(
            [self.curate, "run", str(path), "-o", str(self.folder / "out")], capture_output=True,
            text=True)
        if done.returncode:
            sys.exit(f"curate ended with {done.returncode}: {done.stderr[-2000:]}")

    def stage(self, name):
        return next((self.folder / "out" / "splits").glob(f"*-{name}"))

    def lines(self, stage, kind):
        """The records or a sidecar's lines, over the shards in order."""
        folder = self.stage(stage)
        manifest = json.loads((folder / "manifest.json").read_text())
        for shard in manifest["shards"]:
            file = shard["records"] if kind == "records" else shard["sidecars"][kind]
            yield from read(folder / file["path"])

    def sides(self):
        ids = [record["id"] for record in self.lines("split", "records")]
        return {name: (note or {}).get("split")
                for name, note in zip(ids, self.lines("split", "split"))}

    def statistics(self):
        return json.loads((self.stage("split") / "stats.json").read_text())


def deviations(matrix, sides):
    """LD and LPD as Vectors/Splitting/SplitMeasures.swift has them, and ED in rows."""
    pairs = collections.Counter()
    rows = [np.flatnonzero(row) for row in matrix]
    for row in rows:
        pairs.update(itertools.combinations(row, 2))
    names = list(pairs)
    columns = np.zeros((len(matrix), len(names)), np.int8)
    place = {pair: at for at, pair in enumerate(names)}
    for at, row in enumerate(rows):
        for pair in itertools.combinations(row, 2):
            columns[at, place[pair]] = 1
    masks = [sides == name for name, _ in SHARES]

    def measure(table):
        values = []
        for column in table.T:
            total, count = int(column.sum()), len(column)
            if 0 < total < count:
                odds = total / (count - total)
                values.append(np.mean([
                    abs(column[m].sum() / max(m.sum() - column[m].sum(), 1) - odds)
                    for m in masks]))
        return np.mean(values) if values else 0.0

    wrong = [abs(m.sum() - share * len(sides)) for m, (_, share) in zip(masks, SHARES)]
    return measure(matrix), measure(columns), np.mean(wrong)


def crossing(families, sides):
    """Families of more than one row, and those of them on more than one side."""
    found = collections.defaultdict(set)
    sizes = collections.Counter(families)
    for family, side in zip(families, sides):
        if family is not None and sizes[family] > 1:
            found[family].add(side)
    return len(found), sum(len(seen) > 1 for seen in found.values())


def by_package(matrix, seed):
    from iterstrat.ml_stratifiers import MultilabelStratifiedKFold
    folds = MultilabelStratifiedKFold(n_splits=10, shuffle=True, random_state=seed)
    sides = np.full(len(matrix), "train", object)
    for number, (_, chosen) in enumerate(folds.split(np.zeros(len(matrix)), matrix)):
        if number < 2:
            sides[chosen] = ("test", "val")[number]
    return sides


def field(row, name):
    value = row
    for key in name.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return None if value is None else str(value)


def quality(options):
    print("set", "rows", "labels", "way", "LD", "LPD", "ED", "near-copies", "across", "groups",
          "across", "kept", "of", sep="\t")
    for path in options.rows:
        rows = read(path)
        for at, row in enumerate(rows):
            row["id"] = str(row.get("id", at))
        categories = sorted({name for row in rows for name in row["labels"]})
        lines = [json.dumps(row) + "\n" for row in rows]
        group = f", group: {options.group}" if options.group else ""
        stages = f"[ingest, {{use: dedupe, action: annotate}}, {{use: split{group}}}]"
        found = collections.defaultdict(list)
        for seed in range(options.seeds):
            with tempfile.TemporaryDirectory() as folder:
                space = Workspace(options.curate, folder, stages)
                held = round(len(rows) * options.held_back)
                night = list(range(len(rows)))
                random.Random(seed).shuffle(night)
                space.run([lines[at] for at in sorted(night[held:])], seed)
                first = space.sides()
                space.run(lines, seed)
                second = space.sides()
                stayed = sum(second.get(name) == side for name, side in first.items())
                fresh = Workspace(options.curate, tempfile.mkdtemp(dir=folder), stages)
                fresh.run(lines, seed)
                own = fresh.sides()
                kept = [row for row in rows if own.get(row["id"]) in ("train", "val", "test")]
                matrix = np.array([[int(row["labels"].get(name) == 1) for name in categories]
                                   for row in kept], np.int8)
                notes = dict(zip((r["id"] for r in fresh.lines("split", "records")),
                                 fresh.lines("split", "dedupe")))
                copies = [notes[row["id"]]["group"] for row in kept]
                groups = [field(row, options.group) if options.group else None for row in kept]
            ways = {
                "split": np.array([own[row["id"]] for row in kept], object),
                "split, second night": np.array([second[row["id"]] for row in kept], object),
                "iterative-stratification": by_package(matrix, seed),
            }
            for way, sides in ways.items():
                found[way].append([
                    *deviations(matrix, sides), *crossing(copies, sides), *crossing(groups, sides)])
            found["stayed"].append((stayed, len(first)))
        for way in ways:
            mean = np.mean(found[way], axis=0)
            stay = np.sum(found["stayed"], axis=0) if "second" in way else ("", "")
            print(Path(path).stem, len(kept), len(categories), way, f"{mean[0]:.6f}",
                  f"{mean[1]:.6f}", f"{mean[2]:.2f}", *(f"{value:.1f}" for value in mean[3:]),
                  *stay, sep="\t", flush=True)


def stand_ins(rows, seed):
    """Rows of random words; category k has one row in 2 (k + 1), so that the last is rare."""
    draws = random.Random(seed)
    words = ["".join(draws.sample("abdeiklmnorstuvz", draws.randint(3, 8))) for _ in range(50_000)]
    for at in range(rows):
        labels = {f"c{k:02}": int(draws.random() < .5 / (k + 1) ** 1.5) for k in range(18)}
        text = " ".join(draws.choices(words, k=12))
        yield json.dumps({"id": f"{at:08}", "text": text, "labels": labels}) + "\n"


def scale(options):
    print("rows", "night", "CPU-s", "wall-s", "MB", "kept sides", sep="\t")
    with tempfile.TemporaryDirectory() as folder:
        space = Workspace(options.curate, folder, "[ingest, split]")
        lines = list(stand_ins(options.rows, 1))
        for night, count in enumerate((round(options.rows / 1.05), options.rows), 1):
            space.run(lines[:count], 1)
            stats = space.statistics()
            print(count, night, f"{stats['cpuSeconds']:.1f}", f"{stats['seconds']:.1f}",
                  f"{stats['peakMegabytes']:.0f}",
                  round(stats["counters"].get("kept_sides", 0)), sep="\t", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["quality", "scale"])
    parser.add_argument("rows_or_files", nargs="*", metavar="rows.jsonl")
    parser.add_argument("--curate", default="bin/curate")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--group", help="a field of the metadata, as metadata.user")
    parser.add_argument("--held-back", type=float, default=.1, dest="held_back")
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    options.curate = str(Path(options.curate).resolve())
    if options.what == "scale":
        return scale(options)
    options.rows = options.rows_or_files
    quality(options)


if __name__ == "__main__":
    main()
