public import Records

/// What of a text is compared: its overlapping runs of characters or of words.
public enum Shingling: Sendable, Equatable {
    /// Runs of so many Unicode scalars. Five is the default: on short texts it finds more true
    /// near-duplicates and joins fewer minimal pairs than words do.
    case characters(Int)
    /// Runs of so many words, words being parted by ASCII white space.
    case words(Int)

    public static let standard = Shingling.characters(5)

    /// The hashes of a text's shingles as they come, with repeats; at least one.
    ///
    /// - Parameter text: UTF-8, normalised; bytes that are not valid count as they are.
    public func hashes(of text: UnsafeBufferPointer<UInt8>) -> [UInt64] {
        let bytes = UnsafeRawBufferPointer(text)
        let found =
            switch self {
            case .characters(let length): Self.characters(bytes, length)
            case .words(let length): Self.words(bytes, length)
            }
        return found.isEmpty ? [StableHash.hash(bytes, seed: Self.wholeSeed)] : found
    }

    /// The set of a text's shingles: their hashes in rising order without repeats.
    public func set(of text: UnsafeBufferPointer<UInt8>) -> [UInt64] {
        sortedUnique(hashes(of: text))
    }

    /// Throws a `configuration` fault when a shingle would have no characters or words.
    public func check() throws(Fault) {
        switch self {
        case .characters(let length), .words(let length):
            guard (1...1_000).contains(length) else {
                throw Fault(
                    .configuration, "a shingle has between 1 and 1,000 characters or words",
                    why: "\(length)")
            }
        }
    }

    private static let wholeSeed: UInt64 = 0x7768_6F6C_6520_7478

    private static func characters(_ bytes: UnsafeRawBufferPointer, _ length: Int) -> [UInt64] {
        var starts: [Int] = []
        starts.reserveCapacity(bytes.count + 1)
        for (at, byte) in bytes.enumerated() where byte & 0xC0 != 0x80 { starts.append(at) }
        let scalars = starts.count
        guard scalars >= length else { return [] }
        starts.append(bytes.count)
        return (0...(scalars - length)).map { first in
            let window = bytes[starts[first]..<starts[first + length]]
            return StableHash.hash(UnsafeRawBufferPointer(rebasing: window), seed: UInt64(length))
        }
    }

    private static func words(_ bytes: UnsafeRawBufferPointer, _ length: Int) -> [UInt64] {
        var words: [UInt64] = []
        var start: Int?
        for at in 0...bytes.count {
            let isSpace = at == bytes.count || bytes[at] == 0x20 || (9...13).contains(bytes[at])
            if !isSpace {
                if start == nil { start = at }
            } else if let from = start {
                words.append(StableHash.hash(UnsafeRawBufferPointer(rebasing: bytes[from..<at])))
                start = nil
            }
        }
        guard words.count >= length else { return [] }
        return (0...(words.count - length)).map { first in
            words[first..<first + length].reduce(UInt64(length)) { StableHash.mix($0, $1) }
        }
    }
}

/// The shingles of many texts, each text's as a set of 64-bit hashes in rising order.
///
/// Texts must come normalised (case, spaces, Unicode form): nothing is folded here. A text too
/// short for a single shingle has one that stands for the whole text, so that it equals its exact
/// copies and nothing else; it is never dropped. Two different shingles share a hash with
/// probability 2^-64. Memory: 8 bytes for each different shingle of a text and 8 a text.
public struct ShingleSets: Sendable, Equatable {
    public let shingling: Shingling
    /// Where each text's hashes start; one more entry than texts.
    private(set) var offsets = [0]
    private(set) var hashes: [UInt64] = []

    public var count: Int { offsets.count - 1 }

    /// Throws a `configuration` fault when a shingle would have no characters or words.
    public init(_ shingling: Shingling = .standard) throws(Fault) {
        try shingling.check()
        self.shingling = shingling
    }

    /// The shingles of one text in rising order.
    public subscript(text: Int) -> ArraySlice<UInt64> { hashes[offsets[text]..<offsets[text + 1]] }

    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    /// Adds the shingles of a text given as UTF-8; bytes that are not valid count as they are.
    public mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        append(hashes: shingling.hashes(of: text))
    }

    /// Adds a set of hashes made elsewhere, in any order and with repeats.
    public mutating func append(hashes found: [UInt64]) {
        hashes += sortedUnique(found)
        offsets.append(hashes.count)
    }

    /// Adds the texts of `other`: parts made at the same time are joined in order.
    public mutating func append(contentsOf other: ShingleSets) {
        require(other.shingling == shingling, "joined shingle sets are of one kind")
        let base = hashes.count
        hashes += other.hashes
        offsets += other.offsets.dropFirst().lazy.map { $0 + base }
    }

    /// The Jaccard similarity of two of the texts: shared shingles / all shingles.
    public func jaccard(_ first: Int, _ second: Int) -> Double {
        hashes.withUnsafeBufferPointer { all in
            Jaccard.similarity(
                UnsafeBufferPointer(rebasing: all[offsets[first]..<offsets[first + 1]]),
                UnsafeBufferPointer(rebasing: all[offsets[second]..<offsets[second + 1]]))
        }
    }

}

/// The Jaccard similarity |A ∩ B| / |A ∪ B| of sets.
public enum Jaccard {
    /// Of two sets in rising order without repeats; two empty sets have similarity 0.
    public static func similarity(_ first: [UInt64], _ second: [UInt64]) -> Double {
        first.withUnsafeBufferPointer { one in
            second.withUnsafeBufferPointer { similarity(one, $0) }
        }
    }

    static func similarity(
        _ first: UnsafeBufferPointer<UInt64>, _ second: UnsafeBufferPointer<UInt64>
    ) -> Double {
        var one = 0
        var two = 0
        var shared = 0
        while one < first.count, two < second.count {
            let left = first[one]
            let right = second[two]
            if left == right { shared += 1 }
            if left <= right { one += 1 }
            if right <= left { two += 1 }
        }
        let all = first.count + second.count - shared
        return all == 0 ? 0 : Double(shared) / Double(all)
    }
}
