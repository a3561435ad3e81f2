import LawChecks
import Pipeline
import Records
import Testing

@testable import StageKit

struct ColumnTests {
    /// Identifiers of every form, runs of one form and odd ones between.
    private static func identifiers(_ seed: UInt64, count: Int) -> [String] {
        var draws = CounterRNG(seed: seed, purpose: "identifiers")
        var kind = 0
        return (0..<count).map { number in
            if draws.chance(0.3) { kind = draws.below(7) }
            let digits = HexDigits.text(draws.next(), draws.next(), isUUID: false)
            let uuid = HexDigits.text(draws.next(), draws.next(), isUUID: true)
            return [
                digits, uuid, "row-\(number)", digits.uppercased(), "", "é\(digits)", uuid + "#1",
            ][kind]
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `identifiers come back as they were, whatever their form`(seed: UInt64) throws {
        let ids = Self.identifiers(seed, count: 300)
        var whole = IdentifierColumn()
        for id in ids { whole.append(id) }
        #expect(Array(whole) == ids)
        let again = try IdentifierColumn(portableBytes: whole.portableBytes)
        #expect(Array(again) == ids)
        var parts: [InRowOrder<IdentifierColumn>] = []
        for first in stride(from: 0, to: 300, by: 37) {
            var part = IdentifierColumn()
            let range = first..<min(first + 37, 300)
            for id in ids[range] { part.append(id) }
            parts.append(InRowOrder(part, of: range))
        }
        try checkMergeable(parts, empty: InRowOrder())
        let joined = try parts.reduce(into: InRowOrder()) { $0.merge($1) }.joined()
        #expect(joined?.portableBytes == whole.portableBytes)
    }

    @Test func `identifiers of 128 bits take 16 bytes`() {
        var column = IdentifierColumn()
        for id in 0..<1_000 as Range<UInt64> {
            column.append(HexDigits.text(id, ~id, isUUID: true))
        }
        #expect(column.portableBytes.count < 16_100)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `addresses come back as they were, following one another or not`(seed: UInt64) throws {
        var draws = CounterRNG(seed: seed, purpose: "addresses")
        var addresses: [RowAddress?] = []
        var next = RowAddress(shard: 0, length: 0, offset: 0)
        for _ in 0..<500 {
            if draws.chance(0.01) { next = RowAddress(shard: next.shard + 1, length: 0, offset: 0) }
            if draws.chance(0.02) { next.offset += Int64(draws.below(9)) }
            next.length = Int32(draws.below(200))
            addresses.append(draws.chance(0.02) ? nil : next)
            next.offset += Int64(next.length) + 1
        }
        var whole = AddressColumn()
        for address in addresses { whole.append(address) }
        #expect(addresses.indices.map { whole[$0] } == addresses)
        let parts = stride(from: 0, to: 500, by: 61).map { first in
            let range = first..<min(first + 61, 500)
            var part = AddressColumn()
            for address in addresses[range] { part.append(address) }
            return InRowOrder(part, of: range)
        }
        try checkMergeable(parts, empty: InRowOrder())
        let joined = try parts.reduce(into: InRowOrder()) { $0.merge($1) }.joined()
        #expect(joined?.portableBytes == whole.portableBytes)
    }

    @Test func `values of few rows come back as they were`() throws {
        var draws = CounterRNG(seed: 5, purpose: "values")
        let values = (0..<200).map { draws.chance(0.1) ? UInt64($0) : nil }
        let parts = stride(from: 0, to: 200, by: 23).map { first in
            let range = first..<min(first + 23, 200)
            var part = SparseColumn<UInt64>()
            for value in values[range] { part.append(value) }
            return InRowOrder(part, of: range)
        }
        try checkMergeable(parts, empty: InRowOrder())
        let joined = try #require(try parts.reduce(into: InRowOrder()) { $0.merge($1) }.joined())
        #expect(values.indices.map { joined[$0] } == values)
    }
}
