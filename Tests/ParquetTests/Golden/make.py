"""Makes the Parquet files of this folder with the writers that people use, and what they hold.

    python -m pip install datasets polars duckdb && python Tests/ParquetTests/Golden/make.py

`expected/NAME.jsonl` has the rows of NAME.parquet as the writer's own library reads them.
"""
import base64
import datetime as dt
import decimal
import json
import math
import os
import uuid

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from datasets import ClassLabel, Dataset, Features, Json, List, Value

here = os.path.dirname(os.path.abspath(__file__))
os.makedirs(f"{here}/expected", exist_ok=True)
os.chdir(here)


def fraction(value):
    return f".{value.microsecond:06d}".rstrip("0") if value.microsecond else ""


def stamp(value):
    return value.replace(tzinfo=None, microsecond=0).isoformat() + fraction(value)


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return stamp(value) + ("Z" if value.tzinfo else "")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.strftime("%H:%M:%S") + fraction(value)
    return value


def expect(name, rows):
    with open(f"expected/{name}.jsonl", "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(plain(row), ensure_ascii=False, separators=(",", ":")) + "\n")


words = ["alpha", "beta", "", "grün", "日本語", "🙂 ok", 'a "quoted" \\ word', "line\nend\ttab"]


def flat(n):
    """Columns of every flat type, with nulls at places of their own."""
    def column(type, make, every):
        return pa.array([None if every and i % every == 1 else make(i) for i in range(n)], type)

    utc = dt.timezone.utc
    start = dt.datetime(1969, 12, 31, 23, 59, 58)
    return pa.table({
        "id": column(pa.string(), lambda i: f"row-{i:04d}", 0),
        "text": column(pa.string(), lambda i: f"{words[i % 8]} {i * i}", 0),
        "label": column(pa.string(), lambda i: words[i % 3], 5),
        "large": column(pa.large_string(), lambda i: words[i % 8] * (i % 4), 7),
        "i8": column(pa.int8(), lambda i: i % 256 - 128, 6),
        "i32": column(pa.int32(), lambda i: (i * 2654435761) % 2**32 - 2**31, 4),
        "i64": column(pa.int64(), lambda i: (i - 20) * 10**15, 3),
        "u32": column(pa.uint32(), lambda i: 2**32 - 1 - i, 0),
        "u64": column(pa.uint64(), lambda i: 2**64 - 1 - i, 9),
        "f32": column(pa.float32(), lambda i: i / 8 - 1, 4),
        "f64": column(pa.float64(), lambda i: math.nan if i % 10 == 9 else 1 / (i + 1), 4),
        "yes": column(pa.bool_(), lambda i: i % 3 == 0, 4),
        "day": column(pa.date32(), lambda i: dt.date(1969, 12, 20) + dt.timedelta(days=i * 40), 8),
        "time": column(pa.time64("us"), lambda i: dt.time(i % 24, i % 60, 1, i * 1000), 8),
        "ms": column(pa.timestamp("ms"), lambda i: start + dt.timedelta(milliseconds=i * 250), 8),
        "us": column(pa.timestamp("us", "UTC"),
                     lambda i: (start + dt.timedelta(microseconds=i * 250_000)).replace(tzinfo=utc), 8),
        "dec": column(pa.decimal128(12, 3), lambda i: decimal.Decimal(i * 7 - 50) / 1000, 4),
        "big": column(pa.decimal128(30, 2), lambda i: decimal.Decimal(-(10**25) * (i - 3)) / 100, 4),
        "raw": column(pa.binary(), lambda i: bytes([0xFF, i % 256]) if i % 2 else b"text", 4),
        "fixed": column(pa.binary(4), lambda i: bytes([0xC3, 0x28, 0, i % 256]), 4),
        "empty": pa.nulls(n, pa.string()),
    })


table = flat(60)
rows = table.to_pylist()
for name, options in {
    "pyarrow-snappy": {"row_group_size": 25},
    "pyarrow-gzip": {"compression": "gzip", "use_dictionary": False, "data_page_size": 100},
    "pyarrow-plain": {"compression": "none", "row_group_size": 17, "write_page_checksum": True},
    "pyarrow-zstd-v2": {"compression": "zstd", "data_page_version": "2.0", "data_page_size": 200},
    "pyarrow-old": {"version": "1.0", "use_deprecated_int96_timestamps": True},
    "pyarrow-delta": {
        "compression": "zstd", "use_dictionary": False, "data_page_version": "2.0",
        "column_encoding": {
            "id": "DELTA_BYTE_ARRAY", "text": "DELTA_LENGTH_BYTE_ARRAY", "large": "DELTA_BYTE_ARRAY",
            "i8": "DELTA_BINARY_PACKED", "i32": "DELTA_BINARY_PACKED", "i64": "DELTA_BINARY_PACKED",
            "u64": "DELTA_BINARY_PACKED", "us": "DELTA_BINARY_PACKED", "yes": "RLE",
            "f32": "BYTE_STREAM_SPLIT", "f64": "BYTE_STREAM_SPLIT", "fixed": "BYTE_STREAM_SPLIT",
            "label": "DELTA_LENGTH_BYTE_ARRAY",
        }},
}.items():
    pq.write_table(table, f"{name}.parquet", store_schema=False, **options)
    made = rows
    if name == "pyarrow-old":  # no nanoseconds in it, and no time zone is stored
        made = [{**row, "us": row["us"] and row["us"].replace(tzinfo=None)} for row in rows]
    expect(name, made)

nested = pa.table({
    "text": pa.array([f"t{i}" for i in range(24)]),
    "labels": pa.array([[None, [], ["a"], ["a", None, "b"]][i % 4] for i in range(24)], pa.list_(pa.string())),
    "matrix": pa.array([[None, [], [[1], None, []], [[], [2, None]]][i % 4] for i in range(24)],
                       pa.list_(pa.list_(pa.int64()))),
    "who": pa.array([[None, {"name": "n", "tags": None}, {"name": None, "tags": []},
                      {"name": "m", "tags": ["x", "y"]}][i % 4] for i in range(24)],
                    pa.struct([("name", pa.string()), ("tags", pa.list_(pa.string()))])),
    "spans": pa.array([[None, [], [{"start": 1, "end": None}], [{"start": 2, "end": 3}, None]][i % 4]
                       for i in range(24)],
                      pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32())]))),
    "scores": pa.array([[None, [], [("spam", 1)], [("a", None), ("b", 0)]][i % 4] for i in range(24)],
                       pa.map_(pa.string(), pa.int8())),
})
nested_rows = nested.to_pylist()
for row in nested_rows:
    row["scores"] = None if row["scores"] is None else dict(row["scores"])
pq.write_table(nested, "pyarrow-nested.parquet", store_schema=False, row_group_size=9)
expect("pyarrow-nested", nested_rows)
pq.write_table(nested, "pyarrow-nested-v2.parquet", store_schema=False, data_page_version="2.0",
               compression="zstd", use_compliant_nested_type=False, data_page_size=64)
expect("pyarrow-nested-v2", nested_rows)

long = pa.table({"list": pa.array([[None] * 3_500_000, [1, 2]], pa.list_(pa.int32()))})
pq.write_table(long, "pyarrow-long-list.parquet", store_schema=False)

for codec in ["lz4", "brotli"]:
    pq.write_table(table.select(["id", "text"]), f"pyarrow-{codec}.parquet", compression=codec)

duckdb.sql("set threads = 1")
query = """
    select i as number, 'text ' || (i * i) as text, case when i % 3 = 0 then null else 'c' || (i % 2) end as label,
      i % 2 = 0 as yes, date '2024-02-28' + i::int as day, (i / 7)::double as part, (i - 5)::decimal(9, 2) as dec,
      case when i % 4 = 0 then [] when i % 4 = 1 then null else ['x', 'y' || i] end as labels,
      {'a': i, 'b': case when i % 2 = 0 then null else 'z' end} as info, uuid_placeholder as mark
    from range(40) t(i)""".replace("uuid_placeholder", "'6ccd780c-baba-1026-9564-5b8c656024db'::uuid")
for name, options in {
    "duckdb-snappy": "format parquet", "duckdb-zstd": "format parquet, codec zstd",
    "duckdb-v2": "format parquet, codec zstd, parquet_version v2",
}.items():
    duckdb.sql(f"copy ({query}) to '{name}.parquet' ({options})")
    cursor = duckdb.sql(f"from '{name}.parquet'")
    names = [d[0] for d in cursor.description]
    expect(name, [dict(zip(names, row)) for row in cursor.fetchall()])

frame = pl.DataFrame({
    "text": [f"words {i} {words[i % 8]}" for i in range(50)],
    "label": pl.Series([["spam", None, "ham"][i % 3] for i in range(50)], dtype=pl.Categorical),
    "labels": [[["a"], [], None, ["b", "c"]][i % 4] for i in range(50)],
    "score": [None if i % 5 == 0 else i / 3 for i in range(50)],
    "when": [dt.datetime(2020, 1, 1) + dt.timedelta(seconds=i * 100_000.5) for i in range(50)],
})
frame.write_parquet("polars.parquet")
expect("polars", frame.to_dicts())

names = ["ham", "spam"]
features = Features({
    "text": Value("string"), "label": ClassLabel(names=names), "labels": List(ClassLabel(names=["x", "y", "z"])),
    "extra": Json(),
})
dataset = Dataset.from_dict({
    "text": [f"message {i}" for i in range(12)], "label": [[0, 1, None][i % 3] for i in range(12)],
    "labels": [[[], [0, 2], [1]][i % 3] for i in range(12)],
    "extra": [{"n": i, "deep": [None, {"k": "v\n"}]} for i in range(12)],
}, features=features)
dataset.to_parquet("datasets.parquet")
expect("datasets", [
    {**row, "label": None if row["label"] is None else names[row["label"]], "labels": ["xyz"[k] for k in row["labels"]]}
    for row in dataset])
