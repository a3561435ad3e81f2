#!/usr/bin/env python3
"""What `embed: {distil: static}` costs and loses, beside the model that it is made of.

    static_model.py rows.jsonl[.gz] [--truth truth.jsonl[.gz]] --curate bin/curate
                    --model models/all-MiniLM-L6-v2 [--model2vec]

A row is {"id","text","label"}; --truth has {"id","is_error"} a line. Printed are, for the model and
the static one: seconds of processor time to distil; texts per CPU-second of the stage `embed`, by
the difference of two runs, so that neither start-up nor the measuring of the loss counts; with
--truth the average precision of `mislabels`; for several thresholds how many of the pairs with a
cosine of 0.9 by the model the static one finds, and how many others; the correlation of cosines and
the share of the 10 nearest texts that are the same, over 1,000 texts. With --model2vec the package
of that name distils the same model (`pip install model2vec[distill]`), for the same figures but the
average precision. No text is printed.
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

import numpy as np
from sklearn.metrics import average_precision_score

DUPLICATE = 0.9
THRESHOLDS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def read(path):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


class Run:
    """Runs of one workspace, so that what is distilled once is there for the next."""

    def __init__(self, arguments, folder, embed):
        self.curate = str(Path(arguments.curate).resolve())
        self.folder = folder
        self.embed = {"use": "embed", "model": str(Path(arguments.model).resolve()), **embed}

    def __call__(self, rows, name, stages=()):
        with open(self.folder / "rows.jsonl", "w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        categories = [{"id": name} for name in sorted({row["label"] for row in rows})]
        pipeline = {
            "version": 1, "name": name, "sources": [{"path": "rows.jsonl"}],
            "taxonomy": {"name": "t", "single_label": True, "categories": categories},
            "stages": ["ingest", self.embed, *stages]}
        (self.folder / "p.yaml").write_text(json.dumps(pipeline))
        done = subprocess.run(
            [self.curate, "run", "p.yaml", "-o", "out", "-j", "1", "--no-progress"],
            cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"curate ended with {done.returncode}:\n{done.stderr}")
        return self.folder / "out" / name


def seconds(stages):
    (path,) = stages.glob("*-embed/stats.json")
    return json.loads(path.read_text())["cpuSeconds"]


def vectors(stages):
    return np.concatenate([np.load(p) for p in sorted(stages.glob("*-embed/embeddings*.npy"))])


def suspicions(stages, rows):
    place = {str(row["id"]): at for at, row in enumerate(rows)}
    found = np.zeros(len(rows))
    (path,) = stages.glob("*-mislabels/suspects.jsonl")
    for line in read(path):
        found[place[line["id"]]] = line["suspicion"]
    return found


def pairs(unit, threshold, block=1000):
    found = []
    for start in range(0, len(unit), block):
        cosines = unit[start:start + block] @ unit.T
        one, other = np.nonzero(cosines >= threshold)
        one += start
        found.append(np.stack([one, other], 1)[one < other])
    return np.concatenate(found)


def duplicates(own, teacher):
    """Recall of the teacher's pairs, and pairs that are none of its, at each threshold."""
    keys = lambda found: found[:, 0].astype(np.int64) * len(own) + found[:, 1]
    wanted = keys(pairs(teacher, DUPLICATE))
    lines = []
    for threshold in THRESHOLDS:
        found = keys(pairs(own, threshold))
        right = np.isin(found, wanted).sum()
        lines.append(
            f"  cosine {threshold}: recall {right / max(1, len(wanted)):.3f}"
            f" of {len(wanted)}, {len(found) - right} other pairs")
    return lines


def likeness(own, teacher, count=1000, k=10):
    draw = np.random.default_rng(1).permutation(len(own))[:count]
    one, two = own[draw] @ own[draw].T, teacher[draw] @ teacher[draw].T
    upper = np.triu_indices(len(draw), 1)
    correlation = np.corrcoef(one[upper], two[upper])[0, 1]
    for cosines in (one, two):
        np.fill_diagonal(cosines, -2)
    nearest = [np.argsort(-cosines, 1)[:, :k] for cosines in (one, two)]
    shared = [len(set(a) & set(b)) for a, b in zip(*nearest)]
    return correlation, np.mean(shared) / k


def show(name, own, teacher):
    correlation, kept = likeness(own, teacher)
    print(f"{name}: correlation of cosines {correlation:.3f}, nearest texts kept {kept:.3f}")
    print("\n".join(duplicates(own, teacher)), flush=True)


def speed(name, texts, spent):
    print(f"{name}: {texts / spent:,.0f} texts per CPU-second", flush=True)


def curates(arguments, rows, wrong, name, embed):
    with tempfile.TemporaryDirectory() as folder:
        run = Run(arguments, Path(folder), embed)
        first = seconds(run(rows[:1], "one"))
        again = seconds(run([{**rows[0], "text": rows[0]["text"] + " again"}], "two"))
        if "distil" in embed:
            print(f"{name}: distilled in {first - again:.1f} CPU-s")
            # A set of thousands takes less time than that of two runs differs by.
            many = [
                {**row, "id": f"{row['id']}-{copy}", "text": f"{row['text']} {copy}"}
                for copy in range(20) for row in rows]
            speed(name, len(many) - 1, seconds(run(many, "many")) - again)
        else:
            half = seconds(run(rows[:len(rows) // 2], "half"))
        stages = run(rows, "all", ["mislabels"] if wrong is not None else [])
        if "distil" not in embed:
            speed(name, len(rows) - len(rows) // 2, seconds(stages) - half)
        if wrong is not None:
            precision = average_precision_score(wrong, suspicions(stages, rows))
            print(f"{name}: average precision of mislabels {precision:.3f}", flush=True)
        return vectors(stages)


def model2vecs(arguments, rows):
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from model2vec.distill import distill
    start = time.process_time()
    model = distill(str(Path(arguments.model).resolve()), quantize_to="float32")
    print(f"model2vec: distilled in {time.process_time() - start:.1f} CPU-s")
    texts = [row["text"] for row in rows]
    start = time.process_time()
    found = model.encode(texts, use_multiprocessing=False)
    print(f"model2vec: {len(texts) / (time.process_time() - start):,.0f} texts per CPU-second")
    return found / np.maximum(1e-9, np.linalg.norm(found, axis=1, keepdims=True))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows")
    parser.add_argument("--truth")
    parser.add_argument("--curate", default="bin/curate")
    parser.add_argument("--model", default="models/all-MiniLM-L6-v2")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--model2vec", action="store_true")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    rows = [
        {"id": str(row["id"]), "text": row["text"], "label": row.get("label", "none")}
        for row in read(arguments.rows)[:arguments.limit]]
    wrong = None
    if arguments.truth:
        ids = {str(row["id"]) for row in read(arguments.truth) if row["is_error"]}
        wrong = np.array([row["id"] in ids for row in rows])
    # No stored vector: the first half is embedded twice.
    teacher = curates(arguments, rows, wrong, "model", {"cache": False})
    own = curates(arguments, rows, wrong, "static", {"distil": "static"})
    show("static", own, teacher)
    if arguments.model2vec:
        show("model2vec", model2vecs(arguments, rows), teacher)


if __name__ == "__main__":
    main()
