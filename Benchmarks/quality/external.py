#!/usr/bin/env python3
"""A model of one dataset measured on another one through a mapping, checked against scikit-learn.

    external.py train.jsonl[.gz] test.jsonl[.gz] --label anger --from hate_speech \
        --from offensive_language --curate bin/curate --model models/MODEL

The first file is split and learnt from; the second, with labels of another taxonomy, is scored with
the model that `evaluate` left, each label by the highest score of the categories it is mapped to.
From the scores and thresholds in the files AUPRC, ROC AUC, F1 and the Brier score are computed
again by scikit-learn, and the largest difference from `metrics.json` is printed; more than 1e-9
ends with exit code 1. No text is printed.
"""
import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn import metrics

TRAIN = """version: 1
name: train
sources: [{{path: {rows}}}]
stages:
  - ingest
  - {{use: embed, model: {model}}}
  - split
  - {{use: evaluate, gate: false}}
"""
TEST = """version: 1
name: test
sources: [{{path: {rows}}}]
stages:
  - ingest
  - {{use: embed, model: {model}}}
  - use: evaluate
    gate: false
    release: {release}
    mapping: {{{label}: [{sources}]}}
"""


def rows(path, limit):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        lines = [line for line in file if line.strip()]
    return lines[:limit] if limit else lines


def run(curate, folder, name, yaml):
    path = folder / f"{name}.yaml"
    path.write_text(yaml)
    done = subprocess.run(
        [curate, "run", str(path), "-o", str(folder / "out")], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"curate ended with {done.returncode}: {done.stderr[-2000:]}")
    return next((folder / "out" / name).glob("*-evaluate"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--label", required=True)
    parser.add_argument("--from", action="append", required=True, dest="sources")
    parser.add_argument("--curate", default="bin/curate")
    parser.add_argument("--model", default="models/all-MiniLM-L6-v2")
    parser.add_argument("--limit", type=int, default=0, help="the first rows of each file only")
    arguments = parser.parse_args()
    model = Path(arguments.model).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side, path in (("train", arguments.train), ("test", arguments.test)):
            (folder / f"{side}.jsonl").write_text("".join(rows(path, arguments.limit)))
        trained = run(
            arguments.curate, folder, "train",
            TRAIN.format(rows=folder / "train.jsonl", model=model))
        found = run(
            arguments.curate, folder, "test",
            TEST.format(
                rows=folder / "test.jsonl", model=model, release=trained, label=arguments.label,
                sources=", ".join(arguments.sources)))
        heads = {
            head["category"]: head
            for head in json.loads((trained / "classifier.json").read_text())["heads"]}
        limits = json.loads((trained / "thresholds.json").read_text())["categories"]
        records = [
            json.loads(line) for path in sorted(found.parent.glob("*-embed/records/*.jsonl"))
            for line in open(path)]
        vectors = np.concatenate([
            np.load(path) for path in sorted(found.parent.glob("*-embed/embeddings*.npy"))])
        scored = [json.loads(line) for line in open(found / "predictions.jsonl")]
        report = json.loads((found / "metrics.json").read_text())
    truth = np.array([record["labels"].get(arguments.label, 0) for record in records])
    own = []
    for category in arguments.sources:
        head = heads[category]
        logits = vectors.astype(float) @ np.array(head["weights"]) + head["intercept"]
        own.append(1 / (1 + np.exp(-logits)))
    place = {line["id"]: line["scores"][arguments.label] for line in scored}
    scores = np.array([place[record["id"]] for record in records])
    drift = np.abs(scores - np.max(own, axis=0)).max()
    decided = np.any(
        [p >= limits[c]["threshold"] for c, p in zip(arguments.sources, own)], axis=0)
    wanted = {
        "averagePrecision": metrics.average_precision_score(truth, scores),
        "rocAUC": metrics.roc_auc_score(truth, scores),
        "f1": metrics.f1_score(truth, decided),
        "precision": metrics.precision_score(truth, decided),
        "recall": metrics.recall_score(truth, decided),
        "brierScore": metrics.brier_score_loss(truth, scores),
    }
    category = next(one for one in report["categories"] if one["category"] == arguments.label)
    category["brierScore"] = category["calibration"]["brierScore"]
    print("measure", "curate", "scikit-learn", "difference", sep="\t")
    worst = drift
    for key, value in wanted.items():
        difference = abs(category[key] - value)
        worst = max(worst, difference)
        print(key, f"{category[key]:.4f}", f"{value:.4f}", f"{difference:.1e}", sep="\t")
    interval = category["averagePrecisionInterval"]
    print(f"rows {len(truth)}, positives {truth.sum()}, AUPRC 95 % {interval['low']:.3f} to "
          f"{interval['high']:.3f}, highest F1 {category['highestF1']:.4f}")
    print(f"scores differ from the model's by at most {drift:.1e}")
    sys.exit(1 if worst > 1e-9 else 0)


if __name__ == "__main__":
    main()
