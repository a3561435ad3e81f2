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
            numbers.withAll { all in
                (0..<numbers.rows).map { Int8(all[$0 * numbers.columns + column]) }
            }
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

    func since(_ start: Cost, _ name: String) -> String {
        "\"\(name)_cpu_seconds\": \(processor - start.processor), "
            + "\"\(name)_seconds\": \(clock - start.clock)"
    }
}
