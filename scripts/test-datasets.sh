#!/usr/bin/env bash
# Makes releases with bin/curate and opens them with datasets, pyarrow, polars and DuckDB: every row
# has to be the one of the JSON lines. About a minute; the libraries come into .venv the first time.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh --with-datasets
if [ ! -x bin/curate ]; then
    echo "test-datasets: bin/curate is missing: run scripts/build.sh first" >&2
    exit 78
fi
.venv/bin/python Tests/Datasets/releases.py bin/curate
