import Encoder
import FoundationEssentials
import Glibc
import Records

/// Our side of the comparison in run.py, in the same lines that peer.py speaks.
///
/// Usage: embedding-benchmark KIND MODEL_FOLDER, where KIND is fp32, bf16 or tokenizer, or
/// ceiling-fp32 or ceiling-bf16 for the products alone.
@main
struct Benchmark {
    struct Question: Decodable {
        var texts: String
        var threads: Int
        var vectors: String?
    }

    struct Row: Decodable { var text: String }

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else {
            throw Fault(.usage, "usage: embedding-benchmark fp32|bf16|tokenizer MODEL_FOLDER")
        }
        if arguments[1].hasPrefix("ceiling-") { return ceiling(arguments[1] == "ceiling-bf16") }
        let start = (wall: wallSeconds(), cpu: cpuSeconds())
        let encoder = try SentenceEncoder(
            folder: arguments[2], precision: Precision(rawValue: arguments[1]) ?? .fp32)
        _ = try encoder.encode(["One text to begin with."], threads: 1)
        answer((wallSeconds() - start.wall, cpuSeconds() - start.cpu), texts: 1)
        _ = encoder.fingerprint
        say("\(encoder.kernelDescription)\n", 2)
        while let line = readLine() {
            let question = try JSONDecoder().decode(Question.self, from: Data(line.utf8))
            let texts = try read(question.texts)
            let start = (wall: wallSeconds(), cpu: cpuSeconds())
            var vectors: [Float] = []
            if arguments[1] == "tokenizer" {
                for text in texts { _ = encoder.tokenIdentifiers(text) }
            } else {
                vectors = try encoder.encode(texts, threads: question.threads)
            }
            let used = (wall: wallSeconds() - start.wall, cpu: cpuSeconds() - start.cpu)
            if let path = question.vectors {
                try vectors.withUnsafeBytes { try Data($0).write(to: URL(filePath: path)) }
            }
            answer(used, texts: texts.count)
        }
    }

    private static func ceiling(_ halves: Bool) {
        let ceiling = Ceiling(halves ? .bf16 : .fp32)
        say("{}\n", 1)
        while readLine() != nil { say("{\"flops\": \(ceiling.measure())}\n", 1) }
    }

    private static func read(_ path: String) throws -> [String] {
        let data = try Data(contentsOf: URL(filePath: path))
        return try data.split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(Row.self, from: $0).text
        }
    }

    private static func answer(_ used: (wall: Double, cpu: Double), texts: Int) {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        say(
            "{\"wall\": \(used.wall), \"cpu\": \(used.cpu), \"texts\": \(texts), "
                + "\"peakKiB\": \(usage.ru_maxrss)}\n", 1)
    }

    private static func say(_ line: String, _ descriptor: Int32) {
        var line = line
        _ = line.withUTF8 { write(descriptor, $0.baseAddress, $0.count) }
    }

    private static func wallSeconds() -> Double { seconds(CLOCK_MONOTONIC) }
    private static func cpuSeconds() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
