"""Measures the encoder beside its Python peers, in one command and about ten minutes.

Usage: python3 Benchmarks/embedding/run.py [--model FOLDER] [--work FOLDER] [--rounds N] [--quick]
       [--program FILE]

Builds embedding-benchmark, sets up the peers of requirements.txt in a virtual environment (or uses
the Python that the variable PEERS_PYTHON names), and runs ours and theirs in turn on the same
texts. Prints the tables and keeps them in Benchmarks/results with date, processor and load.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys

import texts

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
# Half of the texts for the slowest peer, all for the others; see texts.py.
PEERS = {
    "sentence-transformers": "-half", "ort-fp32": "", "ort-int8": "",
    "ours-fp32": "", "ours-bf16": "",
}
KINDS = ["short", "mixed", "long"]


class Program:
    """A peer or our own program, asked over its standard input."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=environment)
        self.start = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.process.stderr.read()[-2000:])
        return json.loads(line)

    def ask(self, path, threads=1, vectors=None):
        question = {"texts": path, "threads": threads, "vectors": vectors}
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        return self.process.stderr.read().strip()


def build():
    subprocess.run(
        ["swift", "build", "-c", "release", "--product", "embedding-benchmark"], cwd=ROOT,
        check=True, stdout=sys.stderr)
    path = subprocess.run(
        ["swift", "build", "-c", "release", "--show-bin-path"], cwd=ROOT, check=True,
        capture_output=True, text=True).stdout.strip()
    return os.path.join(path, "embedding-benchmark")


def peers_python(work):
    given = os.environ.get("PEERS_PYTHON")
    if given:
        return given
    folder = os.path.join(work, "peers")
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(os.path.join(folder, "done")):
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "-r",
             os.path.join(HERE, "requirements.txt")], check=True)
        open(os.path.join(folder, "done"), "w").close()
    return python


def command(name, ours, python, model, work):
    if name.startswith("ours-"):
        return [ours, name.removeprefix("ours-"), model]
    return [python, os.path.join(HERE, "peer.py"), name, model, work]


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        fields = dict(
            [part.strip() for part in line.split(":", 1)] for line in file if ":" in line)
    family = f"family {fields.get('cpu family')} model {fields.get('model')}"
    return f"{fields.get('model name')} ({family}), {os.cpu_count()} cores"


def speed(answers, clock="cpu"):
    return statistics.median(answer["texts"] / answer[clock] for answer in answers)


def row(cells, widths):
    return "  ".join(str(cell).rjust(width) for cell, width in zip(cells, widths)).rstrip()


def compare_speed(programs, paths, rounds, say):
    """Texts per CPU-second of one thread, median of interleaved rounds."""
    answers = {name: {kind: [] for kind in KINDS} for name in programs}
    for _ in range(rounds):
        for kind in KINDS:
            print(f"  {kind} …", file=sys.stderr, flush=True)
            for name, program in programs.items():
                answers[name][kind].append(program.ask(paths[kind + PEERS[name]]))
    speeds = {
        name: {kind: speed(answers[name][kind]) for kind in KINDS} for name in programs}
    widths = [22, 8, 8, 8, 24, 24]
    say("\nTexts per CPU-second, one thread; and in proportion to onnxruntime fp32 and int8")
    say(row(["", *KINDS, "to ort-fp32", "to ort-int8"], widths))
    for name, found in speeds.items():
        ratios = []
        for peer in ("ort-fp32", "ort-int8"):
            ratios.append(" ".join(
                f"{found[kind] / speeds[peer][kind]:6.2f}" if peer in speeds else "-"
                for kind in KINDS))
        say(row([name, *(f"{found[kind]:.1f}" for kind in KINDS), *ratios], widths))
    return speeds


def compare_ceiling(ours, speeds, model, say):
    """How much of the measured speed of the products alone is reached."""
    for precision in ("fp32", "bf16"):
        name = f"ours-{precision}"
        if name not in speeds:
            continue
        program = Program([ours, f"ceiling-{precision}", model], None)
        flops = statistics.median(program.ask("")["flops"] for _ in range(3))
        program.end()
        # Six layers' products, and attention's of a text of 16 and of 256 tokens.
        work = {"short": 16 * (21.23e6 + 9216 * 16), "long": 256 * (21.23e6 + 9216 * 256)}
        shares = ", ".join(
            f"{kind} {speeds[name][kind] * flop / flops:.0%}" for kind, flop in work.items())
        say(f"{name}: products alone {flops / 1e9:.0f} GFLOP/s in a loop; reached: {shares}")


def compare_threads(programs, paths, rounds, say):
    say("\nTwo threads beside one, texts per second by the clock")
    for name in ("ours-fp32", "ours-bf16"):
        if name not in programs:
            continue
        for kind in KINDS:
            by_threads = {1: [], 2: []}
            for _ in range(rounds):
                for threads, answers in by_threads.items():
                    answers.append(programs[name].ask(paths[kind], threads))
            one, two = (speed(by_threads[threads], "wall") for threads in (1, 2))
            say(f"{name} {kind}: {one:.1f}, {two:.1f}: {two / one:.2f} times")


def compare_bytes(programs, paths, work, say):
    """The vectors' bytes for several numbers of threads."""
    for name in ("ours-fp32", "ours-bf16"):
        if name not in programs:
            continue
        contents = []
        for threads in (1, 2, 4):
            path = os.path.join(work, f"{name}-{threads}.bin")
            programs[name].ask(paths["mixed"], threads, path)
            with open(path, "rb") as file:
                contents.append(file.read())
        same = len(set(contents)) == 1
        say(f"{name}: vectors for 1, 2 and 4 threads are {'equal' if same else 'NOT EQUAL'}")


def compare_tokenizers(ours, python, model, work, paths, rounds, say):
    say("\nTokenizing alone, texts per CPU-second")
    programs = {
        "tokenizers": Program([python, os.path.join(HERE, "peer.py"), "tokenizers", model, work],
                              dict(os.environ, RAYON_NUM_THREADS="1",
                                   TOKENIZERS_PARALLELISM="false")),
        "ours": Program([ours, "tokenizer", model], None),
    }
    for kind in KINDS:
        answers = {name: [] for name in programs}
        for _ in range(rounds + 1):
            for name, program in programs.items():
                answers[name].append(program.ask(paths[kind]))
        # The first time fills caches.
        theirs, own = (speed(answers[name][1:]) for name in ("tokenizers", "ours"))
        say(f"{kind}: tokenizers {theirs:.0f}, ours {own:.0f}: {own / theirs:.1f} times")
    for program in programs.values():
        program.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default=os.path.join(ROOT, "models", "all-MiniLM-L6-v2"))
    parser.add_argument("--work", default=os.path.join(ROOT, ".build", "embedding-benchmark"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="an eighth of the texts; not kept")
    parser.add_argument("--program", help="embedding-benchmark, built before")
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    lines = []

    def say(line):
        print(line, flush=True)
        lines.append(line)

    begun = datetime.datetime.now(datetime.timezone.utc)
    say(f"{begun:%Y-%m-%d %H:%M} UTC, {processor()}, "
        f"load {' '.join(f'{load:.1f}' for load in os.getloadavg())}")
    ours = options.program or build()
    python = peers_python(options.work)
    paths = texts.make(options.model, options.work, 8 if options.quick else 1)
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    programs = {}
    for name in PEERS:
        asked = command(name, ours, python, options.model, options.work)
        try:
            Program(asked, environment).end()
            # Again: the first start exports models and fills the system's file cache.
            programs[name] = Program(asked, environment)
        except RuntimeError as error:
            say(f"{name}: left out: {str(error).strip().splitlines()[-1]}")
    speeds = compare_speed(programs, paths, options.rounds, say)
    compare_ceiling(ours, speeds, options.model, say)
    compare_threads(programs, paths, options.rounds, say)
    compare_bytes(programs, paths, options.work, say)
    compare_tokenizers(ours, python, options.model, options.work, paths, options.rounds, say)
    say("\nStart to first vector, and peak memory after all the texts above")
    for name, program in programs.items():
        starts = [program.start]
        if name.startswith("ours-"):
            for _ in range(4):
                again = Program([ours, name.removeprefix("ours-"), options.model], environment)
                starts.append(again.start)
                again.end()
        peak = program.ask(paths["long" + PEERS[name]])["peakKiB"] / 1024
        wall, cpu = (statistics.median(start[clock] for start in starts)
                     for clock in ("wall", "cpu"))
        say(f"{name}: {wall:.3f} s by the clock, {cpu:.3f} s CPU, {peak:.0f} MiB")
    for name, program in programs.items():
        notes = program.end()
        if name.startswith("ours-"):
            say(f"{name}: {notes.splitlines()[-1] if notes else ''}")
    say(f"load at the end {' '.join(f'{load:.1f}' for load in os.getloadavg())}")
    if options.quick:
        return
    results = os.path.join(ROOT, "Benchmarks", "results")
    os.makedirs(results, exist_ok=True)
    path = os.path.join(results, f"embedding-{begun:%Y-%m-%d}.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    print(f"kept in {os.path.relpath(path, ROOT)}")


if __name__ == "__main__":
    main()
