import LawChecks
import Records
import Testing

struct PortableTests {
    @Test func `numbers, texts and collections come back from their bytes`() throws {
        for seed in 0..<20 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "portable", id: "values")
            let numbers = (0..<Int(draws.next() % 9)).map { _ in Int64(bitPattern: draws.next()) }
            try checkPortable(numbers)
            try checkPortable(numbers.map { Double(bitPattern: UInt64(bitPattern: $0)) })
            try checkPortable(numbers.map { Float($0) })
            try checkPortable(numbers.map { Int8(truncatingIfNeeded: $0) })
            try checkPortable(numbers.map { $0 > 0 })
            try checkPortable(numbers.map { "\($0)é\u{0}" })
            try checkPortable(numbers.map { $0 % 2 == 0 ? $0 : nil })
            try checkPortable(numbers.map { [$0, $0] })
            try checkPortable(Set(numbers))
            try checkPortable(
                Dictionary(numbers.map { ("\($0 % 5)", [$0]) }, uniquingKeysWith: +))
        }
    }

    @Test func `dictionaries and sets have one form whatever order they were filled in`() {
        var one: [String: Int] = [:]
        var other: [String: Int] = [:]
        for number in 0..<100 { one["k\(number)"] = number }
        for number in (0..<100).reversed() { other["k\(number)"] = number }
        #expect(one.portableBytes == other.portableBytes)
        #expect(Set(one.keys).portableBytes == Set(other.keys).portableBytes)
    }

    @Test func `a number of elements that the bytes cannot hold is refused, and reserves nothing`()
    {
        for count in [Int.max, Int.max / 8, 1 << 40, -1] {
            #expect(throws: Fault.self) { _ = try [Int](portableBytes: count.portableBytes) }
            #expect(throws: Fault.self) { _ = try [String](portableBytes: count.portableBytes) }
            #expect(throws: Fault.self) {
                _ = try [String: Int](portableBytes: count.portableBytes)
            }
            #expect(throws: Fault.self) { _ = try String(portableBytes: count.portableBytes) }
        }
        #expect(throws: Fault.self) { _ = try Bool(portableBytes: [2]) }
    }

    @Test func `a fault arrives as it was sent`() throws {
        var fault = Fault(
            .badData, "what", at: .file("a.yaml", line: 3, column: nil), why: "why", hint: "hint")
        fault.also = [Fault(.stopped, "more", at: .stage("dedupe", record: "r"))]
        #expect(try Fault(portableBytes: fault.portableBytes) == fault)
        try checkPortable(fault)
    }
}

struct MergeableTests {
    @Test func `counts, sets and dictionaries of counts merge in any order`() throws {
        for seed in 0..<10 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "mergeable", id: "values")
            let numbers = (0..<12).map { _ in Int(draws.next() % 40) }
            try checkMergeable(numbers, empty: 0)
            try checkMergeable(numbers.map { Set([$0, $0 / 2]) }, empty: [])
            try checkMergeable(numbers.map { ["\($0 % 4)": $0] }, empty: [:])
            try checkMergeable(numbers.map { ["\($0 % 4)": ["\($0 % 3)": 1]] }, empty: [:])
        }
        try checkMergeable([NoSummary(), NoSummary()], empty: NoSummary())
    }

    @Test func `values of rows come back in the order of the rows, wherever they were cut`() throws
    {
        for seed in 0..<20 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "mergeable", id: "rows")
            var parts: [InRowOrder<[Int]>] = []
            var first = 0
            while first < 60 {
                let end = min(60, first + Int(draws.next() % 9))
                // A part may say nothing of some of its rows.
                let values = Array((first..<end).filter { $0 % 3 != 1 })
                parts.append(InRowOrder(values, of: first..<end))
                first = end
            }
            try checkMergeable(parts, empty: InRowOrder())
            let all = parts.reversed().reduce(into: InRowOrder<[Int]>()) { $0.merge($1) }
            #expect(try all.joined() == (0..<60).filter { $0 % 3 != 1 })
        }
    }

    @Test func `values that lack some rows are never taken for those of all`() throws {
        var values = InRowOrder([1], of: 0..<1)
        #expect(try values.joined() == [1])
        values.merge(InRowOrder([3], of: 2..<3))
        #expect(throws: Fault.self) { _ = try values.joined() }
        #expect(throws: Fault.self) { _ = try InRowOrder([3], of: 2..<3).joined() }
        #expect(try InRowOrder<[Int]>().joined() == nil)
    }
}
