#!/usr/bin/env python3
"""How well `mislabels` ranks planted label errors, beside cleanlab on the same vectors.

    mislabels.py NAME=rows.jsonl[.gz] ... --curate bin/curate --model models/all-MiniLM-L6-v2

A row is {"id","text","label"} or {"id","text","labels":{category:0 or 1}}. Options choose kinds,
rates and seeds. With --truth FILE ({"id","is_error"} a line) the rows' own errors count and none is
planted. --parents FILE holds {"child":["parent", ...]}: parents are added as categories, and the
kind `hierarchical` breaks them. Printed are average precisions over labels, mean over the seeds,
with the least difference to cleanlab and a bootstrap interval of the mean difference over rows.
No text is printed.

Kinds of error, each in `rate` of the rows:
  uniform       another category, any of them equally likely; of several labels a row, one of them
                turned, a 1 or a 0 with equal chance
  confusable    the category that a model of the clean labels finds likeliest but one
  hierarchical  a parent set to 0 beside its child, a child moved to a sibling, or one added
"""
import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict


def read(path):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


class Rows:
    """Texts and their labels: one category a row (`classes`) or a table of 0 and 1 (`table`)."""

    def __init__(self, rows, parents):
        self.ids = [str(row["id"]) for row in rows]
        self.texts = [row["text"] for row in rows]
        self.is_single = all("label" in row for row in rows)
        if self.is_single:
            self.names = sorted({row["label"] for row in rows})
            place = {name: at for at, name in enumerate(self.names)}
            self.classes = np.array([place[row["label"]] for row in rows])
            return
        names = sorted({name for row in rows for name in row["labels"]})
        table = {name: np.array([row["labels"].get(name, 0) for row in rows]) for name in names}
        for child, above in parents.items():
            for parent in above:
                old = table.get(parent, np.zeros(len(rows), int))
                table[parent] = np.maximum(old, table[child])
        self.names = [n for n in sorted(table) if 20 <= table[n].sum() <= len(rows) - 20]
        self.table = np.array([table[name] for name in self.names]).T
        place = {name: at for at, name in enumerate(self.names)}
        self.parents = {
            place[child]: [place[p] for p in above if p in place]
            for child, above in parents.items() if child in place
        }
        self.parents = {child: above for child, above in self.parents.items() if above}

    @property
    def clean(self):
        return self.classes if self.is_single else self.table


def plant_single(clean, rate, kind, rng, likely):
    labels = clean.copy()
    classes = likely.shape[1]
    for row in rng.choice(len(clean), round(rate * len(clean)), replace=False):
        if kind == "uniform":
            other = rng.integers(classes - 1)
            labels[row] = other + (other >= clean[row])
        else:
            chances = np.sqrt(likely[row])
            chances[clean[row]] = 0
            labels[row] = rng.choice(classes, p=chances / chances.sum())
    return labels, labels != clean


def plant_table(clean, rate, kind, rng, likely, parents):
    labels = clean.copy()
    leaves = [at for at in range(clean.shape[1]) if at in parents or not parents]
    for row in rng.choice(len(clean), round(rate * len(clean)), replace=False):
        ones, zeros = np.flatnonzero(clean[row]), np.flatnonzero(clean[row] == 0)
        children = [at for at in ones if at in parents]
        if kind == "uniform":
            at = rng.choice(ones) if len(ones) and rng.random() < 0.5 else rng.choice(zeros)
            labels[row, at] ^= 1
        elif kind == "confusable":
            if len(ones):
                labels[row, rng.choice([at for at in ones if at in leaves] or list(ones))] = 0
            others = [at for at in zeros if at in leaves] or list(zeros)
            labels[row, max(others, key=lambda at: likely[row, at] * rng.random())] = 1
        elif children and rng.random() < 0.5:
            labels[row, parents[rng.choice(children)][0]] = 0
        elif children and rng.random() < 0.6:
            child = rng.choice(children)
            siblings = [
                at for at in parents if parents[at] == parents[child] and clean[row, at] == 0]
            labels[row, child] = 0
            if siblings:
                labels[row, rng.choice(siblings)] = 1
        else:
            labels[row, rng.choice([at for at in parents if clean[row, at] == 0])] = 1
    return labels, labels != clean


def held_out(vectors, labels, seed, classes=None):
    """Probabilities by scikit-learn's default model, five folds."""
    model = LogisticRegression(max_iter=400)
    if classes is None:
        folds = KFold(5, shuffle=True, random_state=seed)
        return np.array([
            cross_val_predict(model, vectors, column, cv=folds, method="predict_proba")[:, 1]
            for column in labels.T]).T
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    return cross_val_predict(model, vectors, labels, cv=folds, method="predict_proba")


def cleanlab_scores(rows, labels, probabilities):
    """Suspicions by cleanlab, one a label (a row, where it has one), and how its flags fare."""
    if rows.is_single:
        scores = {
            method: 1 - get_label_quality_scores(labels, probabilities, method=method)
            for method in ("self_confidence", "normalized_margin")}
        return scores, find_label_issues(labels, probabilities)
    given = np.where(labels == 1, probabilities, 1 - probabilities)
    flags = np.array([
        find_label_issues(labels[:, at], np.array([1 - column, column]).T)
        for at, column in enumerate(probabilities.T)]).T
    return {"self_confidence": 1 - given}, flags


def taxonomy(rows):
    categories = []
    for at, name in enumerate(rows.names):
        category = {"id": name}
        if not rows.is_single and at in rows.parents:
            category["implies"] = [rows.names[parent] for parent in rows.parents[at]]
        categories.append(category)
    return {"name": "t", "single_label": rows.is_single, "categories": categories}


def run_curate(arguments, rows, labels, folder, seed):
    """curate's suspicions, flags and vectors; the vectors are kept from run to run."""
    with open(folder / "rows.jsonl", "w", encoding="utf-8") as file:
        for at, text in enumerate(rows.texts):
            row = {"id": str(at), "text": text}
            if rows.is_single:
                row["label"] = rows.names[labels[at]]
            else:
                row["labels"] = {name: int(v) for name, v in zip(rows.names, labels[at])}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    stages = ["ingest", {"use": "embed", "model": str(Path(arguments.model).resolve())},
              {"use": "mislabels", "listed_labels": 1_000_000_000}]
    pipeline = {"version": 1, "name": "p", "run": {"seed": seed}, "taxonomy": taxonomy(rows),
                "sources": [{"path": "rows.jsonl"}], "stages": stages}
    (folder / "p.yaml").write_text(json.dumps(pipeline))
    done = subprocess.run(
        [str(Path(arguments.curate).resolve()), "run", "p.yaml", "-o", "out", "--no-progress"],
        cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"curate ended with {done.returncode}:\n{done.stderr}")
    stages = folder / "out" / "p"
    vectors = np.load(next(stages.glob("*-embed/embeddings.npy")))
    place = {name: at for at, name in enumerate(rows.names)}
    scores = np.zeros(len(rows.texts) if rows.is_single else rows.table.shape)
    flags = np.zeros(scores.shape, bool)
    with open(next(stages.glob("*-mislabels/suspects.jsonl")), encoding="utf-8") as file:
        for line in map(json.loads, file):
            at = int(line["id"]) if rows.is_single else (int(line["id"]), place[line["category"]])
            scores[at] = line["suspicion"]
            flags[at] = line["flag"] is not None
    return scores, flags, vectors


def precision_recall(flags, wrong):
    right = (flags & wrong).sum()
    return right / max(1, flags.sum()), right / max(1, wrong.sum())


def interval(wrong, ours, theirs, rng, resamples=200):
    """A 95 % bootstrap interval over rows of the difference in average precision."""
    differences = []
    for _ in range(resamples):
        at = rng.integers(len(wrong), size=len(wrong))
        if wrong[at].any():
            differences.append(
                average_precision_score(wrong[at].ravel(), ours[at].ravel())
                - average_precision_score(wrong[at].ravel(), theirs[at].ravel()))
    return np.percentile(differences, [2.5, 97.5])


def measure(arguments, name, rows, wrong_ids, kind, rate, folder):
    found = []
    for seed in arguments.seeds:
        rng = np.random.default_rng(seed)
        if wrong_ids is not None:
            labels = rows.clean
            wrong = np.array([id in wrong_ids for id in rows.ids])
        elif rows.is_single:
            labels, wrong = plant_single(rows.clean, rate, kind, rng, rows.likely)
        else:
            labels, wrong = plant_table(rows.clean, rate, kind, rng, rows.likely, rows.parents)
        ours, our_flags, vectors = run_curate(arguments, rows, labels, folder, seed)
        classes = len(rows.names) if rows.is_single else None
        theirs, their_flags = cleanlab_scores(
            rows, labels, held_out(vectors, labels, seed, classes))
        best = max(theirs.values(), key=lambda s: average_precision_score(wrong.ravel(), s.ravel()))
        precision = [
            average_precision_score(wrong.ravel(), s.ravel()) for s in [ours, *theirs.values()]]
        found.append((
            precision, precision_recall(our_flags, wrong), precision_recall(their_flags, wrong),
            interval(wrong, ours, best, rng)))
    means = np.mean([f[0] for f in found], axis=0)
    least = min(f[0][0] - max(f[0][1:]) for f in found)
    low, high = np.mean([f[3] for f in found], axis=0)
    ours, theirs = (np.mean([f[at] for f in found], axis=0) for at in (1, 2))
    print(
        f"{name:<12} {kind:<12} {rate:<5} AP curate {means[0]:.3f} cleanlab "
        + " ".join(f"{m:.3f}" for m in means[1:])
        + f"  least difference {least:+.3f}  interval {low:+.3f} {high:+.3f}"
        + f"  flags P/R curate {ours[0]:.2f}/{ours[1]:.2f} cleanlab {theirs[0]:.2f}/{theirs[1]:.2f}",
        flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="NAME=FILE")
    parser.add_argument("--curate", default="bin/curate")
    parser.add_argument("--model", default="models/all-MiniLM-L6-v2")
    parser.add_argument("--truth")
    parser.add_argument("--parents")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--kinds", nargs="+", default=["uniform", "confusable", "hierarchical"])
    parser.add_argument("--rates", nargs="+", type=float, default=[0.05, 0.1, 0.2])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    arguments = parser.parse_args()
    parents = json.loads(Path(arguments.parents).read_text()) if arguments.parents else {}
    wrong_ids = None
    if arguments.truth:
        wrong_ids = {str(row["id"]) for row in read(arguments.truth) if row["is_error"]}
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for pair in arguments.sets:
        name, path = pair.split("=", 1)
        rows = Rows(read(path)[:arguments.limit], parents)
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            if wrong_ids is not None:
                measure(arguments, name, rows, wrong_ids, "own", "-", folder)
                continue
            # A model of the clean labels says which categories are confusable.
            _, _, vectors = run_curate(arguments, rows, rows.clean, folder, 0)
            classes = len(rows.names) if rows.is_single else None
            rows.likely = held_out(vectors, rows.clean, 0, classes)
            for kind in arguments.kinds:
                if kind == "hierarchical" and (rows.is_single or not rows.parents):
                    continue
                for rate in arguments.rates:
                    measure(arguments, name, rows, None, kind, rate, folder)


if __name__ == "__main__":
    main()
