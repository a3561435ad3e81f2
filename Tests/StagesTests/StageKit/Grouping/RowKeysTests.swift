import Records
import Testing

@testable import Pipeline
@testable import StageKit

struct RowKeysTests {
    /// Rows with 0 to 3 keys, of which about one in ten comes again in another row.
    private static func draw(_ seed: UInt64, rows: Int) -> [[UInt64]] {
        var draws = CounterRNG(seed: seed, purpose: "row keys", id: "")
        var known: [UInt64] = []
        return (0..<rows).map { _ in
            (0..<draws.next() % 4).map { _ in
                if !known.isEmpty, draws.next() % 10 == 0 {
                    return known[Int(draws.next() % UInt64(known.count))]
                }
                known.append(draws.next())
                return known[known.count - 1]
            }
        }
    }

    private static func keys(_ rows: some Sequence<[UInt64]>) -> RowKeys {
        rows.reduce(into: RowKeys()) { keys, row in keys.append(row) }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `the rows of every key that several have meet, and few others`(seed: UInt64) throws {
        let rows = Self.draw(seed, rows: 1 + Int(seed) * 150)
        var expected: [UInt64: [Int32]] = [:]
        for (row, keys) in rows.enumerated() {
            for key in keys { expected[key, default: []].append(Int32(row)) }
        }
        let single = expected.values.count { $0.count == 1 }
        var alone = 0
        var found: [UInt64: [Int32]] = [:]
        for part in Self.keys(rows).shared.parts {
            let _: [Int] = try part.reduce { (key, rows) throws(Fault) in
                if rows.count > 1 { found[key.high] = Array(rows) } else { alone += 1 }
                return nil
            }
        }
        #expect(found == expected.filter { $0.value.count > 1 })
        #expect(alone <= single / 5 + 10)
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func `keys joined in parts are the keys of all rows, and survive their bytes`(
        seed: UInt64
    ) throws {
        let rows = Self.draw(seed, rows: 90)
        let whole = Self.keys(rows)
        var joined = Self.keys(rows[..<31])
        joined.append(contentsOf: Self.keys(rows[31...]))
        #expect(joined.portableBytes == whole.portableBytes)
        let read = try RowKeys(portableBytes: whole.portableBytes)
        #expect(rows.indices.allSatisfy { Array(read[$0]) == rows[$0] })
    }
}
