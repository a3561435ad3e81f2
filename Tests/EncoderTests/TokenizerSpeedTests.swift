import FoundationEssentials
import Glibc
import Testing

@testable import Encoder

/// The measuring half of Benchmarks/embedding/compare_tokenizers.py; skipped without it.
struct TokenizerSpeedTests {
    private static let environment = ProcessInfo.processInfo.environment

    /// The fastest of so many passes counts, as for the peer.
    private let passes = 5

    private func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test(.enabled(if: environment["CURATE_TOKENIZER_SPEED"] != nil, "needs compare_tokenizers.py"))
    func `writes how long a file of texts takes, and its identifiers`() throws {
        let folder = try #require(Self.environment["CURATE_TOKENIZER_SPEED"])
        let names = try #require(Self.environment["CURATE_TOKENIZER_CASE"]).split(separator: " ")
        let tokenizer = try TokenizerGolden.tokenizer(
            String(names[0]), in: folder, maximum: 256,
            isFast: Self.environment["CURATE_TOKENIZER_SLOW"] == nil)
        let texts = try TokenizerGolden.lines("\(folder)/\(names[1]).jsonl", nil).map(\.text)
        var identifiers: [Int32] = []
        identifiers.reserveCapacity(texts.count * 300)
        var seconds = Double.infinity
        for _ in 0..<passes {
            identifiers.removeAll(keepingCapacity: true)
            let before = cpuSeconds()
            for text in texts { tokenizer.append(text, to: &identifiers) }
            seconds = min(seconds, cpuSeconds() - before)
        }
        let line =
            "\(seconds) \(texts.count) \(identifiers.map(String.init).joined(separator: " "))"
        try Data(line.utf8).write(to: URL(filePath: folder + "/ours.txt"))
    }
}
