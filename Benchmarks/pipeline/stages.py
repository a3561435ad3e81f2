#!/usr/bin/env python3
"""What each stage of a pipeline costs: processor time, peak memory, bytes that it added to the disk.

    Benchmarks/pipeline/stages.py bin/curate pipelines/quickstart.yaml [--again] [-- OPTIONS OF RUN]

Runs the pipeline in a new workspace and prints a line a stage, then the whole run as the kernel
counted it (user + system seconds, peak resident memory). Bytes are those of files that no stage
before has: a hard link adds none. With --again the run is repeated, with everything reused.
"""
import json
import os
import subprocess
import sys
import tempfile


def run(command):
    """Runs a command and gives its seconds of processor time and its peak memory in MB."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def added_bytes(folder, seen):
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            status = os.lstat(os.path.join(parent, name))
            if status.st_ino not in seen:
                seen.add(status.st_ino)
                total += status.st_size
    return total


def main():
    arguments = sys.argv[1:]
    extra = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, extra = arguments[:at], arguments[at + 1 :]
    again = "--again" in arguments
    binary, pipeline = [word for word in arguments if word != "--again"]
    with tempfile.TemporaryDirectory() as out:
        command = [binary, "run", pipeline, "--no-progress", "-o", out, *extra]
        cpu, peak = run(command)
        folder = next(entry.path for entry in os.scandir(out) if entry.is_dir())
        print(f"{'stage':24} {'rows':>10} {'cpu s':>9} {'peak MB':>8} {'MB added':>9}")
        seen = set()
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if not os.path.exists(f"{path}/stats.json"):
                continue
            stats = json.load(open(f"{path}/stats.json"))
            rows = json.load(open(f"{path}/manifest.json"))["counts"]["kept"]
            added = added_bytes(path, seen) / 1e6
            print(
                f"{name:24} {rows:10,} {stats['cpuSeconds']:9.2f} "
                f"{stats['peakMegabytes']:8.0f} {added:9.1f}"
            )
        store = sum(e.stat().st_size for e in os.scandir(out) if e.is_file()) / 1e6
        total = added_bytes(folder, set()) / 1e6
        print(f"whole run: {cpu:.1f} CPU-s, {peak:.0f} MB peak; {total:.1f} MB of stages,")
        print(f"{store:.1f} MB of curate.sqlite")
        if again:
            cpu, peak = run(command)
            print(f"again, all reused: {cpu:.2f} CPU-s, {peak:.0f} MB peak")


main()
