#!/usr/bin/env python3
"""Kills random workers of a run with SIGKILL and compares every manifest with those of threads.

    Benchmarks/robustness/kill_workers.py RUNS PIPELINE [options of run...]

Runs the pipeline with one thread, then RUNS times with three workers, of which one is killed about
eight times in the time of the first run (the seed of the moments is the run's number): a part that ends
three workers one after the other ends the run, as it should. Exit code 1: a manifest differs.
"""
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time


def manifests(folder):
    found = {}
    for path in pathlib.Path(folder).glob("*/*/manifest.json"):
        found[path.parent.name] = path.read_bytes()
    return found


def kill_some(process, draws, seconds):
    kills = 0
    while process.poll() is None:
        time.sleep(draws.uniform(0.3, 1.7) * seconds / 8)
        listed = subprocess.run(
            ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
        workers = [int(pid) for pid in listed.stdout.split()]
        if workers:
            try:
                os.kill(draws.choice(workers), signal.SIGKILL)
                kills += 1
            except ProcessLookupError:
                pass
    return kills


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    curate = os.environ.get("CURATE", "bin/curate")
    runs, options = int(sys.argv[1]), sys.argv[2:]
    wrong = 0
    with tempfile.TemporaryDirectory() as work:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [curate, "run", *options, "--no-progress", "-o"]
        start = time.monotonic()
        subprocess.run([*command, f"{work}/threads", "-j", "1"], check=False, **quiet)
        seconds = time.monotonic() - start
        whole = manifests(f"{work}/threads")
        for number in range(runs):
            out = f"{work}/{number}"
            process = subprocess.Popen([*command, out, "--workers", "3"], **quiet)
            kills = kill_some(process, random.Random(number), seconds)
            found = manifests(out)
            same = sum(found.get(stage) == data for stage, data in whole.items())
            wrong += same < len(whole)
            print(f"run {number}: exit code {process.returncode}, {kills} workers killed, "
                  f"{same} of {len(whole)} manifests equal", flush=True)
    sys.exit(1 if wrong or not whole else 0)


if __name__ == "__main__":
    main()
