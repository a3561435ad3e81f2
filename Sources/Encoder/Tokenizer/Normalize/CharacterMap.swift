internal import Normalization

/// The normalizer Precompiled: a map of sentencepiece, in a double array.
///
/// Format: length of the array in bytes, its units (32 bits, little-endian), then the texts that
/// the leaves point into, each ended by a zero byte. As in the crate spm_precompiled, a grapheme
/// cluster of fewer than six bytes is looked up as a whole and becomes what its *shortest* mapped
/// prefix becomes; any other is looked up scalar by scalar. That is not what sentencepiece does,
/// but what models run through `tokenizers` see.
struct CharacterMap: Sendable, Equatable {
    private let units: [UInt32]
    private let texts: [UInt8]
    /// For each ASCII byte: where its text begins, or -1.
    private var ascii: [Int32] = []
    /// For each ASCII byte whether it stays; CR may be one cluster with what follows.
    private var isPlain: [Bool] = []

    /// Clusters of more bytes are taken apart.
    private static let longestCluster = 5

    /// Nil when the bytes are not such a map.
    init?(_ bytes: [UInt8]) {
        func word(_ index: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << (8 * UInt32($1)) }
        }
        guard bytes.count >= 4 else { return nil }
        let size = Int(word(0))
        guard size % 4 == 0, size > 0, size <= bytes.count - 4 else { return nil }
        units = stride(from: 4, to: 4 + size, by: 4).map(word)
        texts = Array(bytes[(4 + size)...])
        guard String(validating: texts, as: UTF8.self) != nil else { return nil }
        ascii = (0..<128).map { byte in
            [UInt8(byte)].withUnsafeBufferPointer { Int32(lookUp($0) ?? -1) }
        }
        isPlain = ascii.enumerated().map { $0.element < 0 && $0.offset != 0x0D }
    }

    /// Bytes of the longest text.
    var longestText: Int { texts.split(separator: 0).map(\.count).max() ?? 0 }

    func append(_ text: Bytes, to output: inout [UInt8]) {
        let table = ScalarClass.table
        var index = 0
        while index < text.count {
            let plain = plainEnd(text, from: index)
            if plain > index {
                output.append(contentsOf: text[index..<plain])
                index = plain
                continue
            }
            let byte = text[index]
            // An ASCII byte before another is a cluster, but for CR LF.
            if byte < 0x80, index + 1 == text.count || text[index + 1] < 0x80, byte != 0x0D {
                let start = ascii[Int(byte)]
                if start < 0 { output.append(byte) } else { appendText(Int(start), to: &output) }
                index += 1
                continue
            }
            let end = GraphemeClusters.end(text, from: index, table)
            appendCluster(text.part(index, end), to: &output)
            index = end
        }
    }

    /// Where the ASCII bytes end that stay as they are and that nothing is joined to.
    @inline(__always) private func plainEnd(_ text: Bytes, from start: Int) -> Int {
        var end = start
        while end < text.count, text[end] < 0x80, isPlain[Int(text[end])] { end += 1 }
        // What follows may be joined to the last one.
        return end < text.count && end > start && text[end] >= 0x80 ? end - 1 : end
    }

    private func appendCluster(_ cluster: Bytes, to output: inout [UInt8]) {
        if cluster.count <= Self.longestCluster, let start = lookUp(cluster) {
            return appendText(start, to: &output)
        }
        var index = 0
        while index < cluster.count {
            let length = scalarLength(cluster[index])
            let scalar = cluster.part(index, index + length)
            if let start = lookUp(scalar) {
                appendText(start, to: &output)
            } else {
                output.append(contentsOf: scalar)
            }
            index += length
        }
    }

    private func appendText(_ start: Int, to output: inout [UInt8]) {
        var index = start
        while index < texts.count, texts[index] != 0 {
            output.append(texts[index])
            index += 1
        }
    }

    /// Where the text of the key's shortest mapped prefix begins.
    private func lookUp(_ key: Bytes) -> Int? {
        func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & (1 << 9)) >> 6)) }
        var position = offset(units[0])
        for byte in key {
            if byte == 0 { return nil }
            position ^= Int(byte)
            guard position < units.count else { return nil }
            let unit = units[position]
            if unit & (1 << 31 | 0xFF) != UInt32(byte) { return nil }
            position ^= offset(unit)
            if (unit >> 8) & 1 == 1 {
                guard position < units.count else { return nil }
                let start = Int(units[position] & 0x7FFF_FFFF)
                if start == texts.count { return start }
                // From the middle of a scalar on a text would not be UTF-8.
                return start < texts.count && texts[start] & 0xC0 != 0x80 ? start : nil
            }
        }
        return nil
    }
}
