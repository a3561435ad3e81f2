/// Finds any number of phrases in one pass (Aho and Corasick 1975, "Efficient string matching").
///
/// The failure links are worked into a full table: one step a byte, whatever the phrases. Bytes
/// that no phrase holds share one column, which keeps the table small.
struct PhraseAutomaton: Sendable {
    /// The column of each byte.
    private let column: [UInt16]
    /// A state's row in `next` has 1 << `shift` places.
    private let shift: Int
    /// `next[state << shift + column]`: the next state, shifted like that, and the mark `hasEnds`.
    private let next: [UInt32]
    /// Set in a step to a state in which a phrase ends.
    private static let hasEnds: UInt32 = 1 << 31
    /// For each state, the phrases that end there: `found[starts[state]..<starts[state + 1]]`.
    private let starts: [UInt32]
    private let found: [UInt32]

    /// - Parameter phrases: not empty ones; equal phrases are found together.
    init(_ phrases: [[UInt8]]) {
        var column = [UInt16](repeating: 0, count: 256)
        var used = 1
        for byte in phrases.joined() where column[Int(byte)] == 0 {
            column[Int(byte)] = UInt16(used)
            used += 1
        }
        let shift = Int.bitWidth - (used - 1).leadingZeroBitCount
        let columns = 1 << shift
        var next = [UInt32](repeating: 0, count: columns)
        var ends: [[UInt32]] = [[]]
        for (index, phrase) in phrases.enumerated() {
            var state = 0
            for byte in phrase {
                let place = state * columns + Int(column[Int(byte)])
                if next[place] == 0 {
                    next[place] = UInt32(ends.count)
                    ends.append([])
                    next.append(contentsOf: repeatElement(0, count: columns))
                }
                state = Int(next[place])
            }
            ends[state].append(UInt32(index))
        }
        Self.link(&next, &ends, columns)
        self.column = column
        self.shift = shift
        self.next = next.map { state in
            state << UInt32(shift) | (ends[Int(state)].isEmpty ? 0 : Self.hasEnds)
        }
        var starts: [UInt32] = [0]
        for list in ends { starts.append((starts.last ?? 0) + UInt32(list.count)) }
        self.starts = starts
        found = Array(ends.joined())
    }

    /// Breadth first: a state's missing steps are those of the longest suffix that is a state, and
    /// the phrases that end there end here too.
    private static func link(_ next: inout [UInt32], _ ends: inout [[UInt32]], _ columns: Int) {
        var suffix = [Int](repeating: 0, count: ends.count)
        var queue = [0]
        var head = 0
        while head < queue.count {
            let state = queue[head]
            head += 1
            for column in 0..<columns {
                let place = state * columns + column
                let fallback = state == 0 ? 0 : next[suffix[state] * columns + column]
                let child = Int(next[place])
                if child == 0 {
                    next[place] = fallback
                } else {
                    suffix[child] = Int(fallback)
                    ends[child].append(contentsOf: ends[Int(fallback)])
                    queue.append(child)
                }
            }
        }
    }

    /// Calls `body` with each phrase and where it ends, in the order of the ends.
    func scan(_ text: UnsafeRawBufferPointer, _ body: (_ phrase: Int, _ end: Int) -> Void) {
        column.withUnsafeBufferPointer { column in
            next.withUnsafeBufferPointer { next in
                starts.withUnsafeBufferPointer { starts in
                    var state = 0
                    for at in text.indices {
                        let step = next[state + Int(column[Int(text[at])])]
                        state = Int(step & ~Self.hasEnds)
                        if step & Self.hasEnds == 0 { continue }
                        let row = state >> shift
                        for index in starts[row]..<starts[row + 1] {
                            body(Int(found[Int(index)]), at + 1)
                        }
                    }
                }
            }
        }
    }
}
