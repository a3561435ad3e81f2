/// Edits being planned: byte ranges of the passage and the bytes that replace them.
struct EditBuffer {
    struct Piece {
        let start: Int
        let end: Int
        let from: Int
        let to: Int
    }

    private(set) var pieces: [Piece] = []
    private(set) var pool: [UInt8] = []

    var isEmpty: Bool { pieces.isEmpty }
    var count: Int { pieces.count }

    mutating func replace(_ range: Range<Int>, with bytes: some Sequence<UInt8>) {
        let from = pool.count
        pool.append(contentsOf: bytes)
        pieces.append(
            Piece(start: range.lowerBound, end: range.upperBound, from: from, to: pool.count))
    }

    mutating func replace(_ range: Range<Int>, with byte: UInt8) {
        pool.append(byte)
        pieces.append(
            Piece(
                start: range.lowerBound, end: range.upperBound, from: pool.count - 1,
                to: pool.count))
    }

    mutating func replace(_ range: Range<Int>, withScalar scalar: UInt32) {
        let from = pool.count
        UTF8Bytes.append(scalar, to: &pool)
        pieces.append(
            Piece(start: range.lowerBound, end: range.upperBound, from: from, to: pool.count))
    }

    mutating func insert(_ bytes: some Sequence<UInt8>, at offset: Int) {
        replace(offset..<offset, with: bytes)
    }

    mutating func insert(scalar: UInt32, at offset: Int) {
        replace(offset..<offset, withScalar: scalar)
    }

    /// Forgets every edit after the first `count`.
    mutating func rollBack(to count: Int) {
        if count < pieces.count {
            pool.removeLast(pool.count - pieces[count].from)
            pieces.removeLast(pieces.count - count)
        }
    }

    /// Appends `bytes[range]` with the pieces `first...` done; they lie inside the range.
    func render(
        _ range: Range<Int>, of bytes: [UInt8], from first: Int, into result: inout [UInt8]
    ) {
        var at = range.lowerBound
        for piece in pieces[first...] {
            result.append(contentsOf: bytes[at..<piece.start])
            result.append(contentsOf: pool[piece.from..<piece.to])
            at = piece.end
        }
        result.append(contentsOf: bytes[at..<range.upperBound])
    }

    /// Puts the edits in the order of the text.
    mutating func sort() {
        for index in pieces.indices.dropFirst() {
            let piece = pieces[index]
            var slot = index
            while slot > 0, pieces[slot - 1].start > piece.start {
                pieces[slot] = pieces[slot - 1]
                slot -= 1
            }
            pieces[slot] = piece
        }
    }

    /// The edits as a log.
    func edits(of bytes: [UInt8]) -> [Edit] {
        pieces.map { piece in
            Edit(
                start: piece.start, end: piece.end,
                old: String(decoding: bytes[piece.start..<piece.end], as: UTF8.self),
                new: String(decoding: pool[piece.from..<piece.to], as: UTF8.self))
        }
    }
}
