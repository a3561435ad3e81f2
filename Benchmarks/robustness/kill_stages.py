#!/usr/bin/env python3
"""Kills a run with SIGKILL within every stage, resumes it, and compares every data file.

    Benchmarks/robustness/kill_stages.py MOMENTS PIPELINE [options of run...]

Kills at random moments hit the slow stages alone. Here each stage is begun MOMENTS times, from a
workspace in which the stages before it stand and nothing is released, and killed at moments spread
over the time that it took undisturbed (the folder of a stage appears when it begins). Then the run is
resumed and all files but times are compared with those of the undisturbed run. Exit code 1: a file
differs.
"""
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def digests(folder):
    """The data files of the stages; stats.json has times."""
    found = {}
    for path in sorted(folder.glob("[0-9]*/**/*")):
        if path.is_file() and path.name != "stats.json":
            found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def stages(folder):
    return sorted(path.parent.name for path in folder.glob("[0-9]*/manifest.json"))


def begin(command, folder, stage):
    """Starts a run and returns when the folder of the stage is there, or the run has ended."""
    process = subprocess.Popen(command, start_new_session=True, **QUIET)
    while process.poll() is None and not (folder / stage).exists():
        time.sleep(0.0005)
    return process


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    moments, options = int(sys.argv[1]), sys.argv[2:]
    command = [os.environ.get("CURATE", "bin/curate"), "run", *options, "--no-progress", "-o"]
    draws = random.Random(1)
    differing = 0
    with tempfile.TemporaryDirectory() as work:
        whole = f"{work}/whole"
        ended = subprocess.run([*command, whole], check=False, **QUIET).returncode
        if ended > 1:
            sys.exit(f"the undisturbed run ended with {ended}")
        name = next(path.name for path in pathlib.Path(whole).iterdir() if path.is_dir())
        folder = pathlib.Path(whole) / name
        expected = digests(folder)
        for number, stage in enumerate(stages(folder)):
            seconds = json.loads((folder / stage / "stats.json").read_text())["seconds"]
            hit = same = 0
            for moment in range(moments):
                out = f"{work}/killed"
                shutil.rmtree(out, ignore_errors=True)
                subprocess.run(["cp", "-a", whole, out], check=True)
                killed = pathlib.Path(out) / name
                for later in [*stages(folder)[number:], "releases"]:
                    shutil.rmtree(killed / later)
                (killed / "release").unlink()
                process = begin([*command, out], killed, stage)
                time.sleep(seconds * (moment + draws.random()) / moments)
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                hit += stage not in stages(killed)
                subprocess.run([*command, out], check=False, **QUIET)
                found = digests(killed)
                same += found == expected
                for file in sorted({*found.items()} ^ {*expected.items()})[:4]:
                    print(f"    differs: {file[0]}")
            differing += moments - same
            print(f"{stage:24} {moments} kills, {hit} before its end, {same} identical", flush=True)
    print(f"{len(expected)} files compared, {differing} resumed runs differ")
    sys.exit(1 if differing or not expected else 0)


if __name__ == "__main__":
    main()
