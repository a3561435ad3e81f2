#!/usr/bin/env bash
# Compares the quality algorithms with every file of known answers in Tests/VectorsTests/Golden and
# prints how many cases agree, and how closely.
#
#     scripts/known-answers.sh [option of swift test …]
#
# Ends with 1 when a case differs, or a file is compared by no test.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
swift test --filter '^VectorsTests\.' "$@" >"$log" 2>&1 || status=$?
lines=$(sed -n 's/.*known answers: //p' "$log" | sort)
printf '%-30s %-40s %s\n' file 'cases that agree' within
while IFS= read -r line; do
    file=${line%%, *}
    rest=${line#*, }
    printf '%-30s %-40s %s\n' "$file" "${rest%%, *}" "${rest#*, }"
    read -r agreeing _ all _ <<<"$rest"
    [ "$agreeing" = "$all" ] || status=1
done <<<"$lines"
for path in Tests/VectorsTests/Golden/*.json; do
    if ! grep -q "^$(basename "$path")," <<<"$lines"; then
        echo "no test compares $(basename "$path")" >&2
        status=1
    fi
done
if [ "$status" != 0 ]; then grep -E '✘|error:' "$log" | head -20 >&2 || true; fi
exit "$status"
