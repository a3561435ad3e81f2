"""Ours beside scikit-learn, hnswlib and faiss on the same vectors, one thread each, in turn.

    swift build -c release --product vectors-benchmark
    python3 -m venv venv && venv/bin/pip install -r Benchmarks/vectors/requirements.txt
    venv/bin/python Benchmarks/vectors/compare.py .build/release/vectors-benchmark

Prints a table and writes it to Benchmarks/results/. Under 10 minutes on an idle machine.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import argparse, datetime, json, pathlib, platform, subprocess, tempfile, time
import numpy as np


def vectors(count, columns, topics, seed):
    """Unit rows of topics, with a common mean and a falling spectrum, as sentence encoders give."""
    draws = np.random.default_rng(seed)
    spectrum = (np.arange(1, columns + 1) ** -0.5).astype(np.float32)
    basis = np.linalg.qr(draws.standard_normal((columns, columns)))[0].astype(np.float32)
    centres = draws.standard_normal((topics, columns)).astype(np.float32) * spectrum
    topic = draws.choice(topics, count, p=draws.dirichlet(np.full(topics, 0.5)))
    mean = 0.4 * spectrum * draws.standard_normal(columns).astype(np.float32)
    rows = np.empty((count, columns), np.float32)
    for a in range(0, count, 20_000):
        b = min(a + 20_000, count)
        noise = draws.standard_normal((b - a, columns)).astype(np.float32)
        rows[a:b] = (mean + centres[topic[a:b]] + 0.9 * noise * spectrum) @ basis.T
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def with_near_copies(rows, count, seed):
    """Replaces rows by near copies of others, at cosines of 0.9 to 0.999."""
    draws = np.random.default_rng(seed)
    for _ in range(count):
        a, b = draws.integers(0, len(rows), 2)
        cosine = draws.uniform(0.9, 0.999)
        other = draws.standard_normal(rows.shape[1]).astype(np.float32)
        other -= other @ rows[a] * rows[a]
        other /= np.linalg.norm(other)
        rows[b] = cosine * rows[a] + np.sqrt(1 - cosine * cosine) * other
    return rows


def labels(rows, count, seed):
    """Labels with rates from 25 % down to 0.4 %, linear in the rows but for noise."""
    draws = np.random.default_rng(seed)
    result = np.empty((len(rows), count), np.float32)
    for at, rate in enumerate(np.geomspace(0.25, 0.004, count)):
        score = rows @ rows[draws.choice(len(rows), 30)].mean(0)
        score = (score - score.mean()) / score.std() + 0.35 * draws.logistic(size=len(rows))
        result[:, at] = score > np.quantile(score, 1 - rate)
    return result


class Table(list):
    """Rows, shown as they come."""

    def append(self, row):
        print(" | ".join(row), flush=True)
        super().append(row)


class Timer:
    def __enter__(self):
        self.start = time.process_time()
        return self

    def __exit__(self, *_):
        self.cpu = time.process_time() - self.start


def logistic(run, folder, table):
    from sklearn.linear_model import LogisticRegression

    rows = vectors(100_000, 384, 400, 1)
    wanted = labels(rows, 18, 2)
    np.save(folder / "x.npy", rows)
    np.save(folder / "y.npy", wanted)

    def fit(solver, tolerance, data):
        with Timer() as timer:
            models = [
                LogisticRegression(solver=solver, tol=tolerance, max_iter=2_000).fit(data, y)
                for y in wanted.T
            ]
        return timer.cpu, np.array([model.predict_proba(data)[:, 1] for model in models])

    _, exact = fit("newton-cholesky", 1e-9, rows.astype(np.float64))
    cost, found = fit("lbfgs", 1e-4, rows)
    table.append(("logistic 18 x 100,000 x 384", "scikit-learn lbfgs, tol 1e-4",
                  f"{cost:.2f} CPU-s",
                  f"max probability difference {abs(found - exact).max():.1e}", ""))
    for tolerance in ("1e-4", "1e-7", "1e-8"):
        ours = run("logistic", folder / "x.npy", folder / "y.npy", tolerance, 1, folder / "p.npy")
        gap = abs(np.load(folder / "p.npy") - exact).max()
        seconds = ours["fit_cpu_seconds"]
        table.append(("", f"ours, tol {tolerance}", f"{seconds:.2f} CPU-s",
                      f"max probability difference {gap:.1e}", f"{cost / seconds:.1f} x"))


def recall(found, exact):
    return np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found, exact)])


def neighbours(run, folder, table, rows):
    import faiss, hnswlib

    faiss.omp_set_num_threads(1)
    path, queries = folder / "n.npy", 1_024
    ours = run("neighbours", path, queries, folder / "exact.npy", 0, 4, 8, 16, 32)
    exact = np.load(folder / "exact.npy").astype(np.int64)
    what = "10 neighbours of 200,000 x 384"
    table.append((what, "ours, exact", f"{queries / ours['exact_cpu_seconds']:.0f} queries/CPU-s",
                  "recall 1.000", ""))
    for probe in ours["probes"]:
        table.append(("", f"ours, {ours['cells']} cells, {probe['probes']} probes",
                      f"{probe['rows'] / probe['all_cpu_seconds']:.0f} queries/CPU-s",
                      f"recall {probe['recall']:.3f}",
                      f"build {ours['build_cpu_seconds']:.1f} CPU-s, {ours['peak_mb']} MB in all"))
    batch = rows[:queries]
    own = np.arange(queries)

    def peer(name, size, found, timer, build):
        others = [[int(j) for j in near if j != i][:10] for i, near in zip(own, found)]
        table.append(("", name, f"{size / timer.cpu:.0f} queries/CPU-s",
                      f"recall {recall(others, exact):.3f}", f"build {build:.1f} CPU-s"))

    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    with Timer() as timer:
        found = flat.search(batch, 11)[1]
    peer("faiss, flat", queries, found, timer, 0)
    cells = ours["cells"]
    with Timer() as built:
        index = faiss.IndexIVFFlat(
            faiss.IndexFlatIP(rows.shape[1]), rows.shape[1], cells, faiss.METRIC_INNER_PRODUCT)
        index.train(rows[:: max(1, len(rows) // (64 * cells))])
        index.add(rows)
    for probes in (8, 32):
        index.nprobe = probes
        many = rows[:8_192]
        with Timer() as timer:
            found = index.search(many, 11)[1]
        peer(f"faiss, inverted file, {probes} probes", len(many), found[:queries], timer, built.cpu)
    with Timer() as built:
        graph = hnswlib.Index(space="ip", dim=rows.shape[1])
        graph.init_index(max_elements=len(rows), ef_construction=100, M=16, random_seed=1)
        graph.add_items(rows, num_threads=1)
    for breadth in (50, 200):
        graph.set_ef(breadth)
        with Timer() as timer:
            found = graph.knn_query(batch, k=11, num_threads=1)[0]
        peer(f"hnswlib, M 16, ef {breadth}", queries, found, timer, built.cpu)


def clusters(run, folder, table, rows):
    import faiss
    from sklearn.cluster import KMeans

    count, k, rounds = 50_000, 64, 10
    ours = run("clusters", folder / "n.npy", count, k, rounds)
    part = rows[:count]
    what = f"k-means {count:,} x 384, k {k}, {rounds} rounds"
    table.append((what, "ours (spherical)", f"{ours['fit_cpu_seconds']:.2f} CPU-s",
                  f"inertia {ours['inertia']:.0f}", ""))
    with Timer() as timer:
        model = KMeans(k, n_init=1, max_iter=rounds, random_state=1).fit(part)
    table.append(("", "scikit-learn (Lloyd)", f"{timer.cpu:.2f} CPU-s",
                  f"inertia {model.inertia_:.0f}", ""))
    means = faiss.Kmeans(part.shape[1], k, niter=rounds, spherical=True, seed=1,
                         max_points_per_centroid=count)
    with Timer() as timer:
        means.train(part)
    product = means.index.search(part, 1)[0]
    table.append(("", "faiss (spherical)", f"{timer.cpu:.2f} CPU-s",
                  f"inertia {(2 - 2 * product).sum():.0f}", ""))


def pairs(run, folder, table):
    ours = run("pairs", folder / "half.npy", 0.9, 0, 4, 8, 16)
    table.append((f"{ours['pairs']} pairs, cosine >= 0.9, 50,000 x 384", "ours, exact",
                  f"{ours['exact_cpu_seconds']:.1f} CPU-s", "recall 1.000", ""))
    for probe in ours["probes"]:
        table.append(("", f"ours, {probe['probes']} probes",
                      f"{probe['pairs_cpu_seconds']:.1f} CPU-s",
                      f"recall {probe['recall']:.4f}", ""))


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("binary", help="the built vectors-benchmark")
    tasks = ["logistic", "pairs", "clusters", "neighbours"]
    arguments.add_argument("tasks", nargs="*", default=tasks, help="those to run; all by default")
    chosen = arguments.parse_args()
    binary, tasks = chosen.binary, chosen.tasks

    def run(*words):
        done = subprocess.run([binary, *map(str, words)], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        return json.loads(done.stdout)

    table, before = Table(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if "logistic" in tasks:
            logistic(run, folder, table)
        rows = with_near_copies(vectors(200_000, 384, 2_000, 3), 4_000, 4)
        np.save(folder / "n.npy", rows)
        np.save(folder / "half.npy", with_near_copies(rows[:50_000].copy(), 3_000, 5))
        if "pairs" in tasks:
            pairs(run, folder, table)
        if "clusters" in tasks:
            clusters(run, folder, table, rows)
        if "neighbours" in tasks:
            neighbours(run, folder, table, rows)
    date = datetime.date.today().isoformat()
    lines = [f"# Vectors, {date}", "",
             f"{processor()}; load {before:.1f} before, {os.getloadavg()[0]:.1f} after; "
             f"one thread each; Python {platform.python_version()}; "
             "versions in Benchmarks/vectors/requirements.txt.", "",
             "| task | who | cost | quality | beside |", "|---|---|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in table]
    text = "\n".join(lines) + "\n"
    print(text)
    results = pathlib.Path(__file__).parent.parent / "results"
    results.mkdir(exist_ok=True)
    (results / f"vectors-{date}.md").write_text(text)


if __name__ == "__main__":
    main()
