import LawChecks
import Pipeline
import Records
import Testing
import Text

@testable import CleanStages
@testable import MakeStages
@testable import ShowStages
@testable import StageKit

/// Every summary that a stage folds rows into, held to its law over rows cut anywhere.
struct SummaryLawTests {
    /// Rows with labels, lineage and notes, cut into blocks at random.
    static func blocks(_ seed: UInt64, rows count: Int = 60) -> [RowBlock] {
        var draws = CounterRNG(seed: seed, purpose: "laws", id: "rows")
        let rows = (0..<count).map { row(index: $0, &draws) }
        var blocks: [RowBlock] = []
        var first = 0
        while first < count {
            let end = min(count, first + 1 + Int(draws.next() % 13))
            blocks.append(RowBlock(rows: Array(rows[first..<end]), range: first..<end))
            first = end
        }
        return blocks
    }

    private static func row(index: Int, _ draws: inout CounterRNG) -> Row {
        var record = Record(id: "r\(index)", text: "some text \(draws.next() % 20)")
        for category in ["spam", "threats", "beta", "alpha"] {
            switch draws.next() % 4 {
            case 0: record.labels[category] = true
            case 1: record.labels[category] = false
            default: break
            }
        }
        record.provenance = Provenance(
            source: draws.next() % 3 == 0 ? .zeroShot : .corpus)
        if draws.next() % 3 == 0 { record.provenance.rootID = "r\(draws.next() % 9)" }
        if draws.next() % 3 == 0 { record.provenance.setID = "s\(draws.next() % 5)" }
        record.provenance.model = "m\(draws.next() % 2)"
        let side = ["train", "val", "test"][Int(draws.next() % 3)]
        let isBlind = draws.next() % 5 == 0
        return Row(
            index: index, record: record,
            notes: [
                "split": Array(#"{"split":"\#(side)"}"#.utf8),
                "dedupe": Array(
                    #"{"cluster":"r\#(draws.next() % 7)","conflict":\#(draws.next() % 2 == 0)}"#
                        .utf8),
                "mislabels": Array(#"{"flags":["spam"]}"#.utf8),
                "ingest": Array(#"{"language":"en"}"#.utf8),
                "unknown-words": Array(
                    #"{"words":"\#(draws.next() % 9)","script":"Khmer","blind":\#(isBlind)}"#
                        .utf8),
            ])
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `counts of words merge in any order, few and many`(seed: UInt64) throws {
        var draws = CounterRNG(seed: seed, purpose: "laws", id: "words")
        let parts = (0..<5).map { part in
            var counts = WordCounts(bits: 8)
            // The first parts make tables, the others lists; some counters reach their end.
            for _ in 0..<(part < 2 ? 60 : 2) {
                counts.add((0..<7).map { _ in StableHash.mix(1, draws.next() % 9) })
            }
            return counts
        }
        try checkMergeable(parts, empty: WordCounts(bits: 8))
        try checkMergeable(
            Self.blocks(seed).map { block in
                var counts = WordCounts()
                for row in block.rows { counts.add(TextSkeleton(row.record.text).wordHashes) }
                return NearRows(sketches: InRowOrder(), words: counts)
            }, empty: NearRows())
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `what stages read of rows merges in any order`(seed: UInt64) throws {
        let blocks = Self.blocks(seed)
        try checkMergeable(try blocks.map { try Composition(of: $0) }, empty: Composition())
        try checkMergeable(
            try blocks.map { InRowOrder(try LabelledRows($0), of: $0.range) }, empty: InRowOrder())
        try checkMergeable(
            try blocks.map { try RowsAndTies($0, keepsIDs: true) }, empty: RowsAndTies())
        try checkMergeable(
            try blocks.map { InRowOrder(try PositiveRows($0), of: $0.range) }, empty: InRowOrder())
        try checkMergeable(
            try blocks.map {
                try DedupeRows(
                    $0, seed % 3 == 0 ? .folded : .loose, .longest, sources: [], against: nil,
                    hasRelease: seed % 2 == 0)
            }, empty: DedupeRows())
        try checkMergeable(
            try blocks.map {
                InRowOrder(try EvaluationTable($0, ["spam", "beta"]), of: $0.range)
            }, empty: InRowOrder())
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `what health counts merges in any order`(seed: UInt64) throws {
        let blocks = Self.blocks(seed)
        try checkMergeable(blocks.map { Vocabulary($0) }, empty: Vocabulary())
        let vocabulary = blocks.reduce(into: Vocabulary()) { $0.merge(Vocabulary($1)) }
        let frame = vocabulary.frame(rows: 60, minimum: 2, limit: 12)
        #expect(frame.tokens.count == 12)
        try checkMergeable(
            try blocks.map { try FeatureCounts($0, frame, ["spam", "beta"]) },
            empty: FeatureCounts())
        try checkMergeable(
            blocks.map { block in
                block.rows.reduce(into: ExampleRows()) { $0.add($1, to: $1.index % 3) }
            }, empty: ExampleRows())
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `what stages count merges in any order`(seed: UInt64) throws {
        let blocks = Self.blocks(seed)
        let operators = OperatorTally(operators: ["typo", "leet"])
        try checkMergeable(
            blocks.map { block in
                block.rows.reduce(into: operators) { tally, row in
                    if row.index % 7 == 0 { tally.skip(.denied) }
                    tally.count([row.index % 2], made: row.index % 3 > 0, labels: row.record.labels)
                }
            }, empty: operators)
        let labels = LabelTally(labellers: 2)
        try checkMergeable(
            blocks.map { block in
                block.rows.reduce(into: labels) { tally, row in
                    tally.count("labelled_by.\(row.index % 3)")
                    tally.turns[row.index % 2].add(
                        row.index % 4 == 0 ? .failed("no_json") : .pass("unsure"))
                    tally.turns[0].tooLong += row.index % 5 == 0 ? 1 : 0
                }
            }, empty: labels)
        let pool = ExamplePool(categories: ["spam", "beta"], shown: 1)
        try checkMergeable(
            blocks.map { block in
                block.rows.reduce(into: pool) { pool, row in
                    var draws = CounterRNG(seed: seed, purpose: "examples", id: row.record.id)
                    pool.add(row.record, draw: draws.next(), isShowable: row.index % 6 > 0)
                }
            }, empty: pool)
        try checkMergeable(
            try blocks.map { block in
                var tally = EmbedTally(columns: 3)
                for row in block.rows {
                    tally.embedded += 1
                    tally.unknown.add(try UnknownNote(note: row.note("unknown-words")))
                }
                tally.sample = TextSample(block.rows) { StableHash.hash($0) % 50 }
                return tally
            }, empty: EmbedTally())
        try checkMergeable(
            blocks.map { block in
                Set(block.rows.map { SetChild(setID: "s\($0.index % 9)", number: $0.index % 2) })
            }, empty: [])
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `keyed rows meet in the order of keys, their values sorted`(seed: UInt64) throws {
        var draws = CounterRNG(seed: seed, purpose: "laws", id: "keys")
        let parts = (0..<9).map { _ in
            (0..<20).reduce(into: KeyedRows()) { rows, _ in
                let key = GroupKey(draws.next() % 5 << 60, draws.next() % 3)
                rows.add(key, Int(draws.next() % 50))
            }
        }
        try checkMergeable(parts, empty: KeyedRows())
    }
}
