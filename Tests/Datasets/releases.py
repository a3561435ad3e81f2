"""Opens releases with the libraries that people read them with, and compares every row.

    python Tests/Datasets/releases.py bin/curate

Each release is made by `curate run`; its rows, as `datasets`, pyarrow, polars and DuckDB read them,
have to be those of its JSON lines. What these libraries write, `curate ingest` has to read.
"""
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import datasets
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from datasets import ClassLabel, load_dataset

curate = os.path.realpath(os.path.dirname(sys.argv[1])) + "/" + os.path.basename(sys.argv[1])
work = tempfile.mkdtemp(prefix="curate-releases-")
words = "river stone garden window yellow purple market station north ünïcode 日本 🙂".split()
splits = {"train": "train", "val": "validation", "test": "test"}
failures = 0


def check(what, right, detail=""):
    global failures
    print(f"{'ok  ' if right else 'FAIL'} {what}{' ' + str(detail) if detail and not right else ''}", flush=True)
    failures += not right


def text(number, draw):
    return " ".join(draw.choice(words) for _ in range(14)) + f" {number}"


def write(name, rows):
    path = f"{work}/{name}.jsonl"
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def run(pipeline, out):
    """Runs a pipeline and gives its release."""
    path = f"{work}/{pipeline['name']}.yaml"
    with open(path, "w") as file:
        json.dump(pipeline, file)  # JSON is YAML
    done = subprocess.run([curate, "run", path, "-o", out, "--no-progress"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"curate run {pipeline['name']}: exit code {done.returncode}\n{done.stderr}")
    return f"{out}/{pipeline['name']}/release"


def pipeline(name, source, stages, **more):
    return {"version": 1, "name": name, "sources": [{"path": source}], **more,
            "stages": ["ingest", *stages, "report"]}


def lines(release, name):
    with open(f"{release}/{name}.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def plain(row):
    """A row of a table as the record that it is; JSON columns come as text from some readers."""
    def value(v):
        return json.loads(v) if isinstance(v, (str, bytes)) else v
    row = {k: v for k, v in row.items() if k != "label"}
    row["labels"], row["metadata"] = value(row["labels"]), value(row["metadata"])
    row["provenance"] = {**row["provenance"], "operators": value(row["provenance"]["operators"])}
    return row


def close(a, b):
    """Equal but for digits of a fraction that `datasets` drops in JSON: it decodes 15 and encodes 10."""
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-9)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(close(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(close, a, b))
    return type(a) is type(b) and a == b


def same(rows, expected, equal=lambda a, b: a == b):
    rows = [plain(row) for row in rows]
    if len(rows) == len(expected) and all(map(equal, rows, expected)):
        return True, ""
    wrong = next((i for i, (a, b) in enumerate(zip(rows, expected)) if not equal(a, b)), min(len(rows), len(expected)))
    return False, f"{len(rows)} rows for {len(expected)}; first difference at row {wrong}"


def compare(title, release, cache=None):
    """All ways to read one release."""
    cache = cache or tempfile.mkdtemp(dir=work)
    found = load_dataset(release, cache_dir=cache)
    expected = {name: lines(release, name) for name in splits if os.path.exists(f"{release}/{name}.jsonl")}
    present = [name for name, rows in expected.items() if rows]
    check(f"{title}: the folder has its splits", sorted(found) == sorted(splits[n] for n in present), sorted(found))
    for name in present:
        rows = expected[name]
        check(f"{title}: {name} by folder, {len(rows)} rows", *same(found[splits[name]], rows, close))
        file = f"{release}/{name}.parquet"
        table = load_dataset("parquet", data_files=file, split="train", cache_dir=cache)
        check(f"{title}: {name} by file, Parquet", *same(table, rows, close))
        check(f"{title}: {name} has the card's features by file", table.features == found[splits[name]].features)
        features = datasets.Features({k: v for k, v in table.features.items() if k != "label"})
        typed = load_dataset("json", data_files=f"{release}/{name}.jsonl", features=features, split="train",
                             cache_dir=cache)
        check(f"{title}: {name} by file, JSON lines", *same(typed, rows, close))
        check(f"{title}: {name}, pyarrow", *same(pq.read_table(file).to_pylist(), rows))
        check(f"{title}: {name}, polars", *same(pl.read_parquet(file).to_dicts(), rows))
        cursor = duckdb.sql(f"from '{file}'")
        names = [column[0] for column in cursor.description]
        check(f"{title}: {name}, DuckDB", *same([dict(zip(names, r)) for r in cursor.fetchall()], rows))
        check(f"{title}: {name}, curate ingest", ingest(file) == open(f"{release}/{name}.jsonl", "rb").read())
    return found


def ingest(path):
    done = subprocess.run([curate, "ingest", path, "-o", tempfile.mkdtemp(dir=work), "--no-progress"],
                          capture_output=True)
    return done.stdout if done.returncode == 0 else done.stderr


def late_rows(n, draw):
    """Metadata that is null for more than 10 MiB, and then is not."""
    for i in range(n):
        late = i >= n * 9 // 10
        yield {"id": f"r{i:05d}", "text": text(i, draw), "label": "ham" if i % 2 else "spam",
               "note": "x" if late else None, **({"more": [1, {"a": None}]} if late else {})}


def mixed_rows(n, draw):
    values = [None, 1, 2.5, "text", True, [], [1, "two", None], {}, {"k": {"deep": [{}]}}, "ünï\n", 10**15]
    for i in range(n):
        yield {"id": f"m{i}", "text": text(i, draw), "labels": {"spam": i % 2, "ham": [1, 0, None][i % 3]},
               "value": values[i % len(values)], **{f"key{i % 5}": values[(i * 7) % len(values)]}}


def written_by_others(release):
    """What other libraries make of a release is read as the same records."""
    table = pq.read_table(f"{release}/train.parquet")
    expected = open(f"{release}/train.jsonl", "rb").read()
    path = f"{work}/other.parquet"
    for title, make in {
        "pyarrow, Snappy": lambda: pq.write_table(table, path),
        "pyarrow, gzip, pages of version 2": lambda: pq.write_table(
            table, path, compression="gzip", data_page_version="2.0", row_group_size=777),
        "pyarrow, no dictionary, no compression": lambda: pq.write_table(
            table, path, compression="none", use_dictionary=False, data_page_size=4096),
        "polars": lambda: pl.read_parquet(f"{release}/train.parquet").write_parquet(path),
        "DuckDB": lambda: duckdb.sql(f"copy (from '{release}/train.parquet') to '{path}' (format parquet)"),
        "DuckDB, version 2": lambda: duckdb.sql(
            f"copy (from '{release}/train.parquet') to '{path}' (format parquet, parquet_version v2, codec zstd)"),
    }.items():
        make()
        # Without the mark for JSON, the three columns are text: they go through as JSON again.
        found = [json.loads(line) for line in ingest(path).splitlines()]
        check(f"written by {title}, read by curate", len(found) == expected.count(b"\n")
              and [r["text"] for r in found] == [json.loads(line)["text"] for line in expected.splitlines()])
        if "JSON" in str(pq.ParquetFile(path).schema):
            check(f"written by {title}, the same records", b"".join(
                json.dumps(r, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for r in found) == b"".join(
                json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
                for line in expected.splitlines()))


def main():
    begun = time.time()
    draw = random.Random(7)
    whole = {"use": "split", "train": 0.8, "val": 0.1, "test": 0.1}
    one = {"use": "split", "train": 1, "val": 0, "test": 0, "synthetic_in_test": True}
    taxonomy = {"name": "t", "categories": [{"id": c} for c in ["spam", "ham", "hate_speech"]]}
    cache = tempfile.mkdtemp(dir=work)

    mixed = run(pipeline("mixed", write("mixed", mixed_rows(3_000, draw)), [whole]), f"{work}/a")
    compare("metadata that varies", mixed)
    written_by_others(mixed)

    late = run(pipeline("late", write("late", late_rows(45_000, draw)), [one]), f"{work}/b")
    check("over 10 MiB: it is", os.path.getsize(f"{late}/train.jsonl") > 10 << 20)
    compare("over 10 MiB", late)

    rows = write("made", ({"id": f"c{i}", "text": text(i, draw), "label": ["ham", "spam"][i % 2]} for i in range(2_000)))
    made = run(pipeline("made", rows, [{"use": "counterfactual", "sets": 20}, {"use": "perturb", "share": 0.1}, one],
                        taxonomy=taxonomy), f"{work}/c")
    sources = {row["provenance"]["source"] for row in lines(made, "train")}
    check("rows made at the end: they are", {"corpus", "counterfactual"} <= sources, sources)
    compare("rows made at the end", made, cache)

    single = run(pipeline("single", rows, [whole], taxonomy={**taxonomy, "single_label": True}), f"{work}/d")
    found = compare("single-label", single, cache)["train"]
    label = found.features["label"]
    check("single-label: a ClassLabel", isinstance(label, ClassLabel) and label.names == ["spam", "ham", "hate_speech"])
    check("single-label: numbers and names agree",
          all(row["labels"][label.int2str(row["label"])] == 1 for row in found))

    nights = []
    for night in range(2):
        rows = ({"id": f"n{night}-{i}", "text": text(i, draw), "label": "spam", "seen": "once" if night else None}
                for i in range(800 + night))
        nights.append(write(f"night-{night}", rows))
        release = run(pipeline("nightly", nights[night], [one], taxonomy=taxonomy), f"{work}/e")
        compare(f"night {night + 1} in one folder and one cache", release, cache)
        os.makedirs(f"{work}/nights/{night}")
        for suffix in ["jsonl", "parquet"]:
            os.link(f"{release}/train.{suffix}", f"{work}/nights/{night}/train.{suffix}")
    both = load_dataset("parquet", data_files=[f"{work}/nights/{n}/train.parquet" for n in range(2)], split="train",
                        cache_dir=cache)
    check("two nights as one dataset",
          *same(both, lines(f"{work}/nights/0", "train") + lines(f"{work}/nights/1", "train")))

    twins = [run(pipeline("twin", nights[n], [one]), f"{work}/twin-{n}") for n in range(2)]
    for n, release in enumerate(twins):
        compare(f"release {n + 1} of two in one cache", release, cache)

    print(f"{'FAILED: ' + str(failures) if failures else 'all ok'}, datasets {datasets.__version__}, "
          f"pyarrow {pa.__version__}, polars {pl.__version__}, DuckDB {duckdb.__version__}, "
          f"{time.time() - begun:.0f} s")
    subprocess.run(["rm", "-rf", work])
    sys.exit(1 if failures else 0)


main()
