#!/usr/bin/env python3
"""How well `mislabels` ranks planted label errors, beside cleanlab on the same vectors and folds.

    mislabels.py --data DATA --curate bin/curate --model models/all-MiniLM-L6-v2

DATA has the folders banking77_noisy (noisy.jsonl.gz, truth.jsonl.gz), go_emotions and
tweeteval_emotion (train.jsonl.gz). Each set is measured with errors of three kinds, each in `rate`
of the rows; banking77_noisy with its own errors besides (kind `own`):

  uniform       another category, any of them equally likely; of several labels a row, one of them
                turned, a 1 or a 0 with equal chance
  confusable    the category that a model of the clean labels finds likely
  hierarchical  another category of the same group of hierarchies.json; of several labels a row, the
                groups are categories that the others imply, and a group is set to 0 beside its
                child, a child moved to a sibling, or one added

Printed are average precisions over labels, mean over the seeds, of curate, of the better of
cleanlab's self-confidence and normalised margin for scikit-learn's LogisticRegression, and with
--prototype of the best public recipe; the mean difference to cleanlab with a 95 % interval of a
paired bootstrap over rows; how flags fare at the defaults; and the seconds of a run of curate and of
a fit of scikit-learn. Vectors are computed once and kept in --work. Ends with 1 where curate lies
below cleanlab. No text is printed.
"""
import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

HERE = Path(__file__).resolve().parent
SETS = {
    "banking77_noisy": "noisy.jsonl.gz", "go_emotions": "train.jsonl.gz",
    "tweeteval_emotion": "train.jsonl.gz"}


def read(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


class Rows:
    """Texts and their labels: one category a row (`clean` holds its place) or a table of 0 and 1."""

    def __init__(self, folder, name, limit, groups=None):
        rows = read(folder / name / SETS[name])[:limit]
        self.name = name
        self.texts = [row["text"] for row in rows]
        self.is_single = "label" in rows[0]
        self.noisy = None
        self.parents = {}
        if self.is_single:
            truth = folder / name / "truth.jsonl.gz"
            given = [row["label"] for row in rows]
            gold = given
            if truth.exists():
                gold_of = {row["id"]: row["gold"] for row in read(truth)}
                gold = [gold_of[row["id"]] for row in rows]
            self.names = sorted(set(given) | set(gold))
            place = {name: at for at, name in enumerate(self.names)}
            self.clean = np.array([place[name] for name in gold])
            if given != gold:
                self.noisy = np.array([place[name] for name in given])
            members = json.loads((HERE / "hierarchies.json").read_text())[name].values()
            self.siblings = {
                place[one]: [place[other] for other in group if other != one and other in place]
                for group in members for one in group if one in place}
            return
        table = {label: np.array([row["labels"][label] for row in rows])
                 for label in rows[0]["labels"]}
        for parent, children in (groups or {}).items():
            table[parent] = np.max([table[child] for child in children], axis=0)
        self.names = [n for n in sorted(table) if 20 <= table[n].sum() <= len(rows) - 20]
        self.clean = np.array([table[name] for name in self.names]).T
        place = {name: at for at, name in enumerate(self.names)}
        for parent, children in (groups or {}).items():
            self.parents |= {
                place[child]: place[parent] for child in children
                if child in place and parent in place}


def plant_single(rows, rate, kind, rng, likely):
    clean = rows.clean
    labels = clean.copy()
    classes = len(rows.names)
    for row in rng.choice(len(clean), round(rate * len(clean)), replace=False):
        if kind == "uniform":
            other = rng.integers(classes - 1)
            labels[row] = other + (other >= clean[row])
        elif kind == "confusable":
            chances = np.sqrt(likely[row])
            chances[clean[row]] = 0
            labels[row] = rng.choice(classes, p=chances / chances.sum())
        elif rows.siblings.get(clean[row]):
            labels[row] = rng.choice(rows.siblings[clean[row]])
    return labels


def plant_table(rows, rate, kind, rng, likely):
    clean, parents = rows.clean, rows.parents
    labels = clean.copy()
    for row in rng.choice(len(clean), round(rate * len(clean)), replace=False):
        ones, zeros = np.flatnonzero(clean[row]), np.flatnonzero(clean[row] == 0)
        children = [at for at in ones if at in parents]
        if kind == "uniform":
            at = rng.choice(ones) if len(ones) and rng.random() < 0.5 else rng.choice(zeros)
            labels[row, at] ^= 1
        elif kind == "confusable":
            if len(ones):
                labels[row, rng.choice(ones)] = 0
            labels[row, max(zeros, key=lambda at: likely[row, at] * rng.random())] = 1
        elif children and rng.random() < 0.5:
            labels[row, parents[rng.choice(children)]] = 0
        elif children and rng.random() < 0.6:
            child = rng.choice(children)
            siblings = [
                at for at in parents if parents[at] == parents[child] and clean[row, at] == 0]
            labels[row, child] = 0
            if siblings:
                labels[row, rng.choice(siblings)] = 1
        else:
            labels[row, rng.choice([at for at in parents if clean[row, at] == 0])] = 1
    return labels


def held_out(model, inputs, labels, folds, weights=None):
    """Each row's probabilities by a model of the other folds."""
    found = np.zeros((len(labels), max(2, labels.max() + 1)))
    for fold in np.unique(folds):
        own = folds == fold
        fitted = clone(model).fit(
            inputs[~own], labels[~own], None if weights is None else weights[~own])
        found[np.ix_(own, fitted.classes_)] = fitted.predict_proba(inputs[own])
    return found


def probabilities(rows, vectors, labels, folds, jobs, balanced=False, others=False, weights=None):
    """By scikit-learn's LogisticRegression; with several categories one after another."""
    model = LogisticRegression(max_iter=400, class_weight="balanced" if balanced else None)
    if rows.is_single:
        return held_out(model, vectors, labels, folds, weights)

    def column(at):
        inputs = vectors
        if others:
            inputs = np.hstack([vectors, np.delete(labels, at, axis=1)])
        return held_out(model, inputs, labels[:, at], folds)[:, 1]

    return np.array(Parallel(jobs)(delayed(column)(at) for at in range(labels.shape[1]))).T


def cleanlab(rows, labels, found):
    """Suspicions by cleanlab, one a label (a row, where it has one), and its default flags."""
    if rows.is_single:
        scores = [
            1 - get_label_quality_scores(labels, found, method=method)
            for method in ("self_confidence", "normalized_margin")]
        return scores, find_label_issues(labels, found)
    flags = np.array([
        find_label_issues(labels[:, at], np.array([1 - column, column]).T)
        for at, column in enumerate(found.T)]).T
    return [np.where(labels == 1, 1 - found, found)], flags


def ranks(values):
    order = np.argsort(values, kind="stable")
    found = np.empty(len(values))
    found[order] = np.arange(1, len(values) + 1) / len(values)
    return found


def prototype(rows, vectors, labels, folds, jobs):
    """The recipe that did best with public tools before: balanced models and 20 neighbours ranked
    together, twice, the second time with the most suspicious 30 % faded; with several categories
    models of the vector and the other labels, contradictions first."""
    if not rows.is_single:
        found = probabilities(rows, vectors, labels, folds, jobs, others=True)
        scores = np.where(labels == 1, 1 - found, found)
        for child, parent in rows.parents.items():
            broken = (labels[:, child] == 1) & (labels[:, parent] == 0)
            worse = scores[broken][:, [child, parent]].argmax(axis=1)
            scores[np.flatnonzero(broken), np.array([child, parent])[worse]] = 1
        return scores
    own = np.arange(len(labels))
    near = np.empty((len(labels), 20), int)
    for start in range(0, len(labels), 1_000):
        part = slice(start, start + 1_000)
        cosines = vectors[part] @ vectors.T
        cosines[np.arange(len(cosines)), own[part]] = -2
        near[part] = np.argpartition(-cosines, 20, axis=1)[:, :20]
    weights = np.ones(len(labels))
    for _ in range(2):
        found = probabilities(rows, vectors, labels, folds, jobs, balanced=True, weights=weights)
        votes = weights[near]
        differ = (votes * (labels[near] != labels[:, None])).sum(axis=1) / votes.sum(axis=1)
        scores = ranks(1 - found[own, labels]) + ranks(differ)
        weights = np.clip((1 - ranks(scores)) / 0.3, 0.02, 1)
    return scores


def taxonomy(rows):
    categories = [{"id": name} for name in rows.names]
    for child, parent in rows.parents.items():
        categories[child]["implies"] = [rows.names[parent]]
    return {"name": "t", "single_label": rows.is_single, "categories": categories}


def run_curate(arguments, rows, labels, folder, seed):
    """curate's suspicions, flags, vectors and folds, and the seconds that took."""
    with open(folder / "rows.jsonl", "w", encoding="utf-8") as file:
        for at, text in enumerate(rows.texts):
            row = {"id": str(at), "text": text}
            if rows.is_single:
                row["label"] = rows.names[labels[at]]
            else:
                row["labels"] = {name: int(v) for name, v in zip(rows.names, labels[at])}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    pipeline = {
        "version": 1, "name": "p", "run": {"seed": seed}, "taxonomy": taxonomy(rows),
        "sources": [{"path": "rows.jsonl"}],
        "stages": ["ingest", {"use": "embed", "model": str(Path(arguments.model).resolve())},
                   {"use": "mislabels", "listed_labels": 0}]}
    (folder / "p.yaml").write_text(json.dumps(pipeline))
    start = time.monotonic()
    done = subprocess.run(
        [str(Path(arguments.curate).resolve()), "run", "p.yaml", "-o", "out", "--no-progress"],
        cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"curate ended with {done.returncode}:\n{done.stderr}")
    stages = folder / "out" / "p"
    vectors = np.load(next(stages.glob("*-embed/embeddings.npy")))
    place = {name: at for at, name in enumerate(rows.names)}
    scores = np.zeros(labels.shape)
    flags = np.zeros(labels.shape, bool)
    folds = np.zeros(len(labels), int)
    stage = next(stages.glob("*-mislabels"))
    with open(stage / "records" / "00000.jsonl", encoding="utf-8") as file:
        ids = [int(json.loads(line)["id"]) for line in file]
    if ids != list(range(len(labels))):
        sys.exit("curate refused or moved rows: the comparison needs all of them")
    with open(stage / "mislabels.jsonl", encoding="utf-8") as file:
        for at, line in enumerate(map(json.loads, file)):
            folds[at] = line["fold"]
            for name, score in line["scores"].items():
                cell = at if rows.is_single else (at, place[name])
                scores[cell] = score
                flags[cell] = name in line["flags"]
    return scores, flags, vectors, folds, seconds


class Ranking:
    """Average precision of one ranking for many weights of the rows."""

    def __init__(self, wrong, scores):
        width = wrong.size // len(wrong)
        order = np.argsort(-scores.ravel(), kind="stable")
        sorted_scores = scores.ravel()[order]
        self.rows = order // width
        self.wrong = wrong.ravel()[order]
        self.ends = np.append(np.flatnonzero(np.diff(sorted_scores)), len(order) - 1)

    def precision(self, weights):
        weights = weights[self.rows]
        right = np.cumsum(weights * self.wrong)[self.ends]
        all_ = np.cumsum(weights)[self.ends]
        steps = np.diff(right, prepend=0)
        return float((steps * right / np.maximum(all_, 1e-9)).sum() / max(right[-1], 1e-9))


def interval(pairs, count, resamples=200):
    """A 95 % interval of the mean difference: rows drawn once for all seeds and both rankings."""
    rng = np.random.default_rng(0)
    differences = []
    for _ in range(resamples):
        weights = np.bincount(rng.integers(count, size=count), minlength=count).astype(float)
        differences.append(
            np.mean([a.precision(weights) - b.precision(weights) for a, b in pairs]))
    return np.percentile(differences, [2.5, 97.5])


def precision_recall(flags, wrong):
    right = (flags & wrong).sum()
    return right / max(1, flags.sum()), right / max(1, wrong.sum())


def measure(arguments, rows, kind, rate, likely, folder):
    """Prints a line; the mean difference to cleanlab."""
    found, pairs, seconds = [], [], []
    for seed in arguments.seeds:
        rng = np.random.default_rng(seed)
        plant = plant_single if rows.is_single else plant_table
        labels = rows.noisy if kind == "own" else plant(rows, rate, kind, rng, likely)
        wrong = labels != rows.clean
        ours, our_flags, vectors, folds, took = run_curate(arguments, rows, labels, folder, seed)
        start = time.monotonic()
        theirs, their_flags = cleanlab(
            rows, labels, probabilities(rows, vectors, labels, folds, arguments.jobs))
        seconds.append((took, time.monotonic() - start))

        def precision(scores):
            return average_precision_score(wrong.ravel(), scores.ravel())

        best = max(theirs, key=precision)
        row = [precision(ours), precision(best)]
        if arguments.prototype:
            row.append(precision(prototype(rows, vectors, labels, folds, arguments.jobs)))
        found.append(row)
        pairs.append((Ranking(wrong, ours), Ranking(wrong, best)))
        seconds[-1] += precision_recall(our_flags, wrong) + precision_recall(their_flags, wrong)
    mean = np.mean(found, axis=0)
    low, high = interval(pairs, len(rows.texts))
    took, fit, *flags = np.mean(seconds, axis=0)
    print(
        f"{rows.name:<17} {kind:<12} {rate or '-':<5} AP curate {mean[0]:.3f} cleanlab {mean[1]:.3f}"
        + (f" prototype {mean[2]:.3f}" if arguments.prototype else "")
        + f"  difference {mean[0] - mean[1]:+.3f} ({low:+.3f} to {high:+.3f})"
        + "  flags P/R curate {:.2f}/{:.2f} cleanlab {:.2f}/{:.2f}".format(*flags)
        + f"  seconds {took:.0f} {fit:.0f}",
        flush=True)
    return mean[0] - mean[1]


def measure_set(arguments, name, work):
    groups = json.loads((HERE / "hierarchies.json").read_text())[name]
    limit = arguments.limit
    if name == "go_emotions":
        limit = min(limit, arguments.limit_several)
    flat = Rows(arguments.data, name, limit)
    differences = []
    for kind in arguments.kinds:
        rows = flat
        if kind == "hierarchical" and not flat.is_single:
            rows = Rows(arguments.data, name, limit, groups)
        folder = work / name
        folder.mkdir(parents=True, exist_ok=True)
        if kind == "own":
            if rows.noisy is not None:
                differences.append(measure(arguments, rows, kind, None, None, folder))
            continue
        likely = None
        if kind == "confusable":
            # A model of the clean labels says which categories are confusable.
            _, _, vectors, folds, _ = run_curate(arguments, rows, rows.clean, folder, 0)
            likely = probabilities(rows, vectors, rows.clean, folds, arguments.jobs)
        for rate in arguments.rates:
            differences.append(measure(arguments, rows, kind, rate, likely, folder))
    return differences


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--curate", default="bin/curate")
    parser.add_argument("--model", default="models/all-MiniLM-L6-v2")
    parser.add_argument("--work", type=Path, help="A folder for runs and vectors, kept.")
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument(
        "--kinds", nargs="+", choices=["own", "uniform", "confusable", "hierarchical"],
        default=["own", "uniform", "confusable", "hierarchical"])
    parser.add_argument("--rates", nargs="+", type=float, default=[0.05, 0.1, 0.2])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--limit", type=int, default=1_000_000, help="The first rows of each set.")
    parser.add_argument(
        "--limit-several", type=int, default=10_000,
        help="The first rows of go_emotions, whose 28 categories take long in scikit-learn.")
    parser.add_argument("--prototype", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    differences = []
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.sets:
            differences += measure_set(arguments, name, arguments.work or Path(folder))
    below = sum(difference < 0 for difference in differences)
    print(f"{len(differences) - below} of {len(differences)} cells are not below cleanlab")
    sys.exit(1 if below else 0)


if __name__ == "__main__":
    main()
