#!/usr/bin/env bash
# From nothing to a released dataset: set-up, release build, and pipelines/quickstart.yaml.
# Options of `curate run` may follow. Exits as the run does.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh
scripts/build.sh
code=0
bin/curate run pipelines/quickstart.yaml "$@" || code=$?
case $code in
    0) echo "quickstart: done" ;;
    1) echo "quickstart: done, but a gate failed or rows failed (exit code 1); see above" ;;
    75) echo "quickstart: stopped; the same command continues where it was (exit code 75)" ;;
    *) echo "quickstart: failed (exit code $code)" >&2 ;;
esac
if [ -d out/quickstart/release ]; then echo "quickstart: the release lies in out/quickstart/release"; fi
exit "$code"
