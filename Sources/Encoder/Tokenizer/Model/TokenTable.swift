/// Tokens found by their bytes.
///
/// An open-addressed hash table. A look-up takes a running hash, so that all prefixes of a word
/// are hashed in one pass.
struct TokenTable: Sendable {
    private let bytes: [UInt8]
    /// Token i is `bytes[starts[i]..<starts[i + 1] - 1]`, the line end left out.
    private let starts: [UInt32]
    /// Identifier plus one, 0 in a free slot; a power of two long.
    private let slots: [Int32]
    /// Bytes of the longest token.
    let longest: Int
    /// Bytes of what a token has before it that continues a word; they follow the tokens.
    private let prefixLength: Int
    private let prefixStart: Int
    /// The running hash of a piece that continues a word.
    let startContinuing: UInt64

    /// One more than the largest identifier.
    var count: Int { starts.count - 1 }

    /// The tokens by identifier; an empty one is an identifier that stands for no token.
    init(tokens: [[UInt8]], prefix: [UInt8]) {
        var lines: [UInt8] = []
        lines.reserveCapacity(tokens.reduce(0) { $0 + $1.count + 1 })
        var starts: [UInt32] = [0]
        starts.reserveCapacity(tokens.count + 1)
        for token in tokens {
            lines += token
            lines.append(UInt8(ascii: "\n"))
            starts.append(UInt32(lines.count))
        }
        self.init(lines, starts, prefix, skipsEmpty: true)
    }

    /// Takes one token a line, the last line ended too; of equal lines the first counts.
    init(lines: [UInt8]) {
        var starts: [UInt32] = [0]
        for (index, byte) in lines.enumerated() where byte == UInt8(ascii: "\n") {
            starts.append(UInt32(index + 1))
        }
        self.init(lines, starts, Array("##".utf8), skipsEmpty: false)
    }

    private init(
        _ lines: [UInt8], _ starts: [UInt32], _ prefix: [UInt8], skipsEmpty: Bool
    ) {
        let tokens = starts.count - 1
        var size = 1024
        while size < tokens * 3 { size *= 2 }
        var slots = [Int32](repeating: 0, count: size)
        var longest = 0
        for token in 0..<tokens {
            var hash = Self.start
            let range = Int(starts[token])..<Int(starts[token + 1]) - 1
            for index in range { hash = Self.mix(hash, lines[index]) }
            if range.isEmpty, skipsEmpty { continue }
            longest = max(longest, range.count)
            var slot = Self.slot(hash, size)
            while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int32(token + 1)
        }
        bytes = lines + prefix
        prefixStart = lines.count
        prefixLength = prefix.count
        self.starts = starts
        self.slots = slots
        self.longest = longest
        startContinuing = prefix.reduce(Self.start) { Self.mix($0, $1) }
    }

    /// The identifier of a token, nil when there is none.
    func identifier(of token: String) -> Int32? {
        Array(token.utf8).withUnsafeBufferPointer { identifier(of: $0) }
    }

    @inline(__always) func identifier(of token: UnsafeBufferPointer<UInt8>) -> Int32? {
        if token.count > longest { return nil }
        var hash = Self.start
        for byte in token { hash = Self.mix(hash, byte) }
        return find(token, hash, continuing: false)
    }

    /// A token's bytes.
    func token(_ identifier: Int32) -> ArraySlice<UInt8> {
        bytes[Int(starts[Int(identifier)])..<Int(starts[Int(identifier) + 1]) - 1]
    }

    // MARK: Running hash

    /// FNV-1a, 64 bits (RFC 9923), folded at the end: the table is small and its keys are fixed.
    static let start: UInt64 = 0xcbf2_9ce4_8422_2325

    @inline(__always) static func mix(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }

    @inline(__always) private static func slot(_ hash: UInt64, _ size: Int) -> Int {
        Int(truncatingIfNeeded: hash ^ (hash >> 32)) & (size - 1)
    }

    /// The token that is `piece`, or the prefix and `piece`; `hash` is its running hash.
    @inline(__always) func find(
        _ piece: UnsafeBufferPointer<UInt8>, _ hash: UInt64, continuing: Bool
    ) -> Int32? {
        let prefix = continuing ? prefixLength : 0
        var slot = Self.slot(hash, slots.count)
        while true {
            let entry = slots[slot]
            if entry == 0 { return nil }
            let token = Int(entry) - 1
            let from = Int(starts[token])
            let length = Int(starts[token + 1]) - 1 - from
            if length == piece.count + prefix, matches(piece, at: from, prefix: prefix) {
                return Int32(token)
            }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    @inline(__always) private func matches(
        _ piece: UnsafeBufferPointer<UInt8>, at from: Int, prefix: Int
    ) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            for index in 0..<prefix where bytes[from + index] != bytes[prefixStart + index] {
                return false
            }
            for index in 0..<piece.count where bytes[from + prefix + index] != piece[index] {
                return false
            }
            return true
        }
    }
}
