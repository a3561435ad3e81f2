internal import Records

/// In how many texts words occur, roughly and in bounded memory: 4 MB however many there are.
///
/// A table of counters that stop at 255 (a count-min sketch of one row; Cormode and Muthukrishnan
/// 2005): words that share a counter are counted together, so a count may be too large. Few texts
/// keep a list of counters instead of the table.
struct WordCounts: Mergeable {
    private static let most: UInt8 = 255

    /// The table has 2 to this power counters.
    private let bits: UInt64
    /// The counters of words, one entry for each text with it; empty once there is a table.
    private var list: [UInt32] = []
    private var table: [UInt8] = []
    private var texts = 0

    init() { self.init(bits: 22) }

    init(bits: UInt64) { self.bits = bits }

    private static func counter(_ word: UInt64, _ bits: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: word >> (64 - bits))
    }

    /// With more entries the table is smaller than the list.
    private var longest: Int { 1 << Int(bits - 4) }

    /// Adds a text by the hashes of its words, each once.
    mutating func add(_ words: [UInt64]) {
        texts += 1
        for word in words { add(Self.counter(word, bits), 1) }
        if list.count > longest { makeTable() }
    }

    private mutating func add(_ counter: UInt32, _ count: UInt8) {
        if table.isEmpty {
            for _ in 0..<count { list.append(counter) }
        } else {
            let sum = table[Int(counter)].addingReportingOverflow(count)
            table[Int(counter)] = sum.overflow ? Self.most : sum.partialValue
        }
    }

    private mutating func makeTable() {
        let entries = list
        list = []
        table = [UInt8](repeating: 0, count: 1 << Int(bits))
        for counter in entries { add(counter, 1) }
    }

    /// Calls `body` with every counter above zero, rising, and its count.
    private func forEach(_ body: (UInt32, UInt8) -> Void) {
        if !table.isEmpty {
            for (counter, count) in table.enumerated() where count > 0 {
                body(UInt32(counter), count)
            }
            return
        }
        let sorted = list.sorted()
        var from = 0
        while from < sorted.count {
            var to = from + 1
            while to < sorted.count, sorted[to] == sorted[from] { to += 1 }
            body(sorted[from], UInt8(min(to - from, Int(Self.most))))
            from = to
        }
    }

    mutating func merge(_ other: WordCounts) {
        texts += other.texts
        if other.table.isEmpty {
            for counter in other.list { add(counter, 1) }
        } else {
            if table.isEmpty { makeTable() }
            other.forEach { add($0, $1) }
        }
        if list.count > longest { makeTable() }
    }

    /// The words that are no slips: those of at least four texts, and of one text in 65,536.
    var known: Known {
        let least = max(4, min(texts >> 16, Int(Self.most)))
        var counters = [Bool](repeating: false, count: 1 << Int(bits))
        forEach { counter, count in
            if Int(count) >= least { counters[Int(counter)] = true }
        }
        return Known(bits: bits, counters: counters)
    }

    /// The words that many texts have.
    struct Known: Sendable {
        fileprivate let bits: UInt64
        fileprivate let counters: [Bool]

        func contains(_ word: UInt64) -> Bool { counters[Int(WordCounts.counter(word, bits))] }
    }

    func write(to bytes: inout PortableWriter) {
        var counters: [UInt32] = []
        var counts: [UInt8] = []
        forEach {
            counters.append($0)
            counts.append($1)
        }
        bits.write(to: &bytes)
        texts.write(to: &bytes)
        counters.write(to: &bytes)
        counts.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no counts.
    init(from bytes: inout PortableReader) throws(Fault) {
        let bits = try UInt64(from: &bytes)
        guard (4...32).contains(bits) else { throw PortableReader.damaged }
        self.init(bits: bits)
        texts = try Int(from: &bytes)
        let counters = try [UInt32](from: &bytes)
        let counts = try [UInt8](from: &bytes)
        guard counters.count == counts.count, counters.allSatisfy({ UInt64($0) >> bits == 0 })
        else { throw PortableReader.damaged }
        for (counter, count) in zip(counters, counts) {
            add(counter, count)
            if list.count > longest { makeTable() }
        }
    }
}
