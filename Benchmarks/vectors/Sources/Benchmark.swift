internal import Glibc
internal import Records
internal import Vectors

/// Ours, for `compare.py`: reads `.npy` files, does one thing once, and prints its cost as JSON.
@main struct Benchmark {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do throws(Fault) {
            try await run(arguments)
        } catch {
            print("vectors-benchmark: \(error)")
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) async throws(Fault) {
        switch arguments.first {
        case "logistic" where arguments.count == 6:
            try await logistic(
                vectors: arguments[1], labels: arguments[2], tolerance: arguments[3],
                threads: arguments[4], output: arguments[5])
        case "neighbours" where arguments.count >= 5:
            try await neighbours(
                vectors: arguments[1], queries: Int(arguments[2]) ?? 1, output: arguments[3],
                cells: Int(arguments[4]).flatMap { $0 > 0 ? $0 : nil },
                probes: arguments.dropFirst(5).compactMap { Int($0) })
        case "pairs" where arguments.count >= 4:
            try await pairs(
                vectors: arguments[1], threshold: Double(arguments[2]) ?? 0.9,
                cells: Int(arguments[3]).flatMap { $0 > 0 ? $0 : nil },
                probes: arguments.dropFirst(4).compactMap { Int($0) })
        case "clusters" where arguments.count == 5:
            try clusters(
                vectors: arguments[1], rows: Int(arguments[2]) ?? 1, k: Int(arguments[3]) ?? 1,
                rounds: Int(arguments[4]) ?? 1)
        default:
            throw Fault(.configuration, "the arguments are those that compare.py gives")
        }
    }

    private static func logistic(
        vectors: String, labels: String, tolerance: String, threads: String, output: String
    ) async throws(Fault) {
        let matrix = try NumpyFile.read(vectors)
        let numbers = try NumpyFile.read(labels)
        let columns = (0..<numbers.columns).map { column in
            (0..<numbers.rows).map { row in numbers.withRow(row) { Int8($0[column]) } }
        }
        let table = try LabelTable(rows: numbers.rows, columns: columns)
        let threads = Int(threads) ?? 1
        let settings = LogisticSettings(tolerance: Double(tolerance) ?? 1e-6)
        let before = Cost.now()
        let models = try await OneVersusRest.fit(
            matrix: matrix, labels: table, settings: settings, threads: threads)
        let fitted = Cost.now()
        let probabilities = try await models.probabilities(matrix: matrix, threads: threads)
        let scored = Cost.now()
        try write(probabilities.map { $0.map { Float($0) } }, to: output)
        print(
            "{\(fitted.since(before, "fit")), \(scored.since(fitted, "score")),",
            "\"iterations\": \(models.models.map(\.iterations)),",
            "\"converged\": \(models.models.allSatisfy(\.converged))}")
    }

    /// Exact search of the first rows, then the index with each number of probes.
    private static func neighbours(
        vectors: String, queries: Int, output: String, cells: Int?, probes: [Int]
    ) async throws(Fault) {
        let rows = try UnitRows(try NumpyFile.read(vectors))
        let queries = 0..<min(queries, rows.count)
        let start = Cost.now()
        let exact = try NearestNeighbours(k: 10).search(rows, queries: queries)
        let searched = Cost.now()
        try write(exact.map { $0.map { Float($0.row) } }, to: output)
        print("{\(searched.since(start, "exact")), \"queries\": \(queries.count),")
        let index = try await NeighbourIndex(rows, cells: cells, seed: 1)
        print("\(Cost.now().since(searched, "build")), \"cells\": \(index.cells),")
        print("\"peak_mb\": \(Cost.peakMegabytes()), \"probes\": [")
        for (at, probe) in probes.enumerated() {
            let before = Cost.now()
            // All rows, as the pipeline asks: many queries meet in each cell.
            let found = await index.nearest(k: 10, probes: probe)
            let cost = Cost.now().since(before, "all")
            print("{\(cost), \"probes\": \(probe), \"rows\": \(found.count),")
            let hits = zip(found, exact).reduce(0) { $0 + $1.0.filter($1.1.contains).count }
            print("\"recall\": \(Double(hits) / Double(10 * queries.count))}")
            if at + 1 < probes.count { print(",") }
        }
        print("]}")
    }

    private static func pairs(
        vectors: String, threshold: Double, cells: Int?, probes: [Int]
    ) async throws(Fault) {
        let rows = try UnitRows(try NumpyFile.read(vectors))
        let start = Cost.now()
        let all = try SemanticDuplicates(threshold: threshold).pairs(rows)
        print("{\(Cost.now().since(start, "exact")), \"pairs\": \(all.count), \"probes\": [")
        let index = try await NeighbourIndex(rows, cells: cells, seed: 1)
        for (at, probe) in probes.enumerated() {
            let before = Cost.now()
            let found = await index.pairs(atLeast: threshold, probes: probe)
            print("{\(Cost.now().since(before, "pairs")), \"probes\": \(probe),")
            let recall = Double(found.count) / Double(max(all.count, 1))
            print("\"recall\": \(recall)}" + (at + 1 < probes.count ? "," : ""))
        }
        print("]}")
    }

    private static func clusters(
        vectors: String, rows: Int, k: Int, rounds: Int
    ) throws(Fault) {
        let units = try UnitRows(try NumpyFile.read(vectors))
        let members = Array(0..<min(rows, units.count))
        let start = Cost.now()
        let found = try SphericalKMeans(seed: 1, rounds: rounds).cluster(units, members, k: k)
        let cost = Cost.now().since(start, "fit")
        let inertia = zip(members, found.assignments).reduce(0.0) { sum, member in
            let distance = Centroids.distances(
                units, [member.0], to: found.centres[member.1])
            return sum + 2 * distance[0]
        }
        print("{\(cost), \"inertia\": \(inertia), \"clusters\": \(found.centres.count)}")
    }

    static func write(_ rows: [[Float]], to path: String) throws(Fault) {
        var writer = try NumpyWriter(path: path, columns: rows.first?.count ?? 0)
        for row in rows { try writer.append(row) }
        _ = try writer.finish()
    }
}

/// Processor time and time on the clock since the start, in seconds.
struct Cost {
    var processor = 0.0
    var clock = 0.0

    static func now() -> Cost {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        func seconds(_ value: timeval) -> Double {
            Double(value.tv_sec) + Double(value.tv_usec) / 1e6
        }
        return Cost(
            processor: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            clock: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }

    /// The most memory the process has held, mapped files included.
    static func peakMegabytes() -> Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return usage.ru_maxrss / 1_024
    }

    func since(_ start: Cost, _ name: String) -> String {
        "\"\(name)_cpu_seconds\": \(processor - start.processor), "
            + "\"\(name)_seconds\": \(clock - start.clock)"
    }
}
