#!/usr/bin/env python3
"""Compares what every stage of a pipeline wrote with committed digests.

    scripts/golden.py FOLDER DIGESTS [--record]

FOLDER is a pipeline's folder in a workspace, DIGESTS a JSON file. A stage's digest covers every file
that its manifest names, its counts, gates and notes. Stages up to the one that embeds are the same on
every machine; vectors, and what is learnt from them, depend on the kernels that the encoder and the
matrix products take, so that there is a set of digests for each of these. Exit code 1: a stage
differs. --record adds the digests of this machine's kernels.
"""
import hashlib
import json
import pathlib
import sys

EVERY_MACHINE = "every machine"


def digest(manifest):
    parts = {name: manifest[name] for name in ("shards", "counts", "extras", "gates", "notes")}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def stages(folder):
    """The digests of all stages: those before vectors, and those from the first vectors on."""
    before, after, kernels = {}, {}, None
    for path in sorted(pathlib.Path(folder).glob("*/manifest.json")):
        manifest = json.loads(path.read_text())
        if manifest["use"] == "embed":
            words = [note for note in manifest["notes"] if "computed by" in note]
            kernels = words[0].split("computed by ")[1] if words else "an endpoint"
        (before if kernels is None else after)[path.parent.name] = digest(manifest)
    return before, after, kernels


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folder, path = sys.argv[1], pathlib.Path(sys.argv[2])
    known = json.loads(path.read_text()) if path.exists() else {}
    before, after, kernels = stages(folder)
    found = {EVERY_MACHINE: before}
    if kernels:
        found[kernels] = after
    if "--record" in sys.argv:
        known.update(found)
        path.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")
        return
    wrong, compared = 0, 0
    for machine, digests in found.items():
        if machine not in known:
            print(f"golden: no digests for {machine}: {len(digests)} stages were not compared")
            continue
        for stage, value in digests.items():
            compared += 1
            if known[machine].get(stage) != value:
                wrong += 1
                print(f"golden: {stage} is not what it was")
        for stage in sorted(set(known[machine]) - set(digests)):
            wrong += 1
            print(f"golden: {stage} is missing")
    print(f"golden: {compared} stages compared, {wrong} differ")
    if wrong:
        print("golden: where the change is meant, record the digests with --record and say why")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
