/// A set of words, compared without case, that answers in a few nanoseconds.
///
/// Holds 64-bit keys (FNV-1a over lower-case scalars), not the words; open addressing with linear
/// steps. Only membership is asked, so no order of it can reach a result.
public struct WordSet: Sendable {
    private var slots: [UInt64]
    private var mask: Int
    public private(set) var count = 0

    public init(_ words: some Sequence<String> = []) {
        let keys = words.map { Self.key(of: Array($0.utf8)) }
        var capacity = 16
        while capacity < keys.count * 4 { capacity *= 2 }
        slots = [UInt64](repeating: 0, count: capacity)
        mask = capacity - 1
        for key in keys { insert(key) }
    }

    /// The words of a text, separated by white space.
    public init(listing text: String) {
        self.init(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }

    public func contains(_ word: String) -> Bool {
        contains(key: Self.key(of: Array(word.utf8)))
    }

    func contains(key: UInt64) -> Bool {
        if count == 0 { return false }
        var slot = Int(truncatingIfNeeded: key >> 20) & mask
        while slots[slot] != 0 {
            if slots[slot] == key { return true }
            slot = (slot + 1) & mask
        }
        return false
    }

    private mutating func insert(_ key: UInt64) {
        var slot = Int(truncatingIfNeeded: key >> 20) & mask
        while slots[slot] != 0 {
            if slots[slot] == key { return }
            slot = (slot + 1) & mask
        }
        slots[slot] = key
        count += 1
    }

    static let emptyKey: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The key of a word with one more lower-case scalar.
    @inline(__always)
    static func extend(_ key: UInt64, _ scalar: UInt32) -> UInt64 {
        (key ^ UInt64(scalar)) &* 0x100_0000_01B3
    }

    static func key(of bytes: [UInt8]) -> UInt64 {
        var key = emptyKey
        var at = 0
        while at < bytes.count {
            let (scalar, length) = UTF8Bytes.decode(bytes, at: at)
            key = extend(key, Scalars.lower(scalar))
            at += length
        }
        return key
    }

    static func key(ofLowered scalars: some Sequence<UInt32>) -> UInt64 {
        scalars.reduce(emptyKey) { extend($0, $1) }
    }
}
