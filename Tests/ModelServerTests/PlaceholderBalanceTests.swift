import Records
import Testing

@testable import ModelServer

/// Placeholders do not tell the label: they are as common in harmless texts as in others.
struct PlaceholderBalanceTests {
    /// Those that stand for a person's data or an address; `[SLUR]` and `[EXPLETIVE]` stand for
    /// words that make the label.
    private static let kinds = [
        "[NAME]", "[HANDLE]", "[AMOUNT]", "[URL]", "[NUMBER]", "[EMAIL]", "[ADDRESS]", "[GROUP]",
    ]
    private static let seeds = 40
    private static let textsPerSeed = 25

    private struct Shares {
        var texts = 0
        var any = 0
        var byKind = [Int](repeating: 0, count: PlaceholderBalanceTests.kinds.count)

        mutating func add(_ text: String) {
            texts += 1
            if PlaceholderBalanceTests.hasPlaceholder(text) { any += 1 }
            for (index, kind) in PlaceholderBalanceTests.kinds.enumerated()
            where text.contains(kind) {
                byKind[index] += 1
            }
        }

        static func += (a: inout Shares, b: Shares) {
            a.texts += b.texts
            a.any += b.any
            for index in a.byKind.indices { a.byKind[index] += b.byKind[index] }
        }

        var anyShare: Double { Double(any) / Double(max(1, texts)) }
        func share(_ kind: Int) -> Double { Double(byKind[kind]) / Double(max(1, texts)) }
    }

    /// A word of capitals in square brackets.
    private static func hasPlaceholder(_ text: String) -> Bool {
        text.split(separator: "[", omittingEmptySubsequences: false).dropFirst().contains { part in
            guard let end = part.firstIndex(of: "]"), end > part.startIndex else { return false }
            return part[..<end].utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x5F }
        }
    }

    /// 1,000 texts of a root, from many seeds.
    private func shares(_ category: String, _ root: String) throws -> Shares {
        let grammar = try #require(try shippedGrammars().grammar(of: category))
        var shares = Shares()
        for seed in 0..<Self.seeds {
            var draws = CounterRNG(
                seed: UInt64(seed), purpose: "balance", id: "\(category) \(root)")
            for _ in 0..<Self.textsPerSeed {
                shares.add(try #require(grammar.text(root, draws: &draws)))
            }
        }
        return shares
    }

    @Test(arguments: writable)
    func `a category's hard negatives hold as many as its positives`(category: String) throws {
        let positive = try shares(category, "positive")
        let negative = try shares(category, "hard_negative")
        #expect(abs(positive.anyShare - negative.anyShare) < 0.08, "\(category)")
        for (index, kind) in Self.kinds.enumerated() {
            let gap = abs(positive.share(index) - negative.share(index))
            #expect(gap < 0.16, "\(category) \(kind) \(gap)")
        }
    }

    @Test func `positives, hard negatives and innocuous texts hold as many of each kind`() throws {
        var pooled: [String: Shares] = [:]
        for category in writable {
            pooled["positive", default: Shares()] += try shares(category, "positive")
            pooled["hard_negative", default: Shares()] += try shares(category, "hard_negative")
        }
        for root in ["chat", "bio", "listing", "review"] {
            pooled["innocuous", default: Shares()] += try shares("innocuous", root)
        }
        let all = pooled.sorted { $0.key < $1.key }.map(\.value)
        let shares = all.map(\.anyShare)
        #expect((shares.max() ?? 1) - (shares.min() ?? 0) < 0.05, "\(shares)")
        for (index, kind) in Self.kinds.enumerated() {
            let shares = all.map { $0.share(index) }
            #expect((shares.max() ?? 1) - (shares.min() ?? 0) < 0.05, "\(kind) \(shares)")
        }
    }

    @Test func `every register of innocuous texts holds them alike`() throws {
        let shares = try ["innocuous", "chat", "bio", "listing", "review"].map {
            try self.shares("innocuous", $0).anyShare
        }
        #expect((shares.max() ?? 1) - (shares.min() ?? 0) < 0.08)
    }
}
