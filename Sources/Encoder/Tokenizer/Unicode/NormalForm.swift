internal import CKernels

/// The four normalization forms of Unicode Standard Annex 15, in the versions `tokenizers` has.
enum NormalForm: String, Sendable {
    case canonical = "NFD"
    case compatible = "NFKD"
    case composed = "NFC"
    case compatibleComposed = "NFKC"

    private static let canonicalTable = ScalarMapping(tokenizer_canonical())
    private static let compatibleTable = ScalarMapping(tokenizer_compatible())
    private static let order = ScalarTable(tokenizer_order()) { UInt16($0) }
    private static let composition: [UInt64: UInt32] = {
        var count: UInt32 = 0
        let pairs = UnsafeBufferPointer(start: tokenizer_composed(&count), count: Int(count))
        return Dictionary(
            pairs.map { (UInt64($0.first) << 32 | UInt64($0.second), $0.composed) },
            uniquingKeysWith: { first, _ in first })
    }()

    private var isCompatible: Bool { self == .compatible || self == .compatibleComposed }
    private var composes: Bool { self == .composed || self == .compatibleComposed }

    /// Appends the text in this form.
    func append(_ text: Bytes, to output: inout [UInt8]) {
        // ASCII is in every form already.
        if text.allSatisfy({ $0 < 0x80 }) {
            output.append(contentsOf: text)
            return
        }
        var scalars = decomposed(text)
        Self.sort(&scalars)
        if composes { Self.compose(&scalars) }
        for scalar in scalars { appendScalar(scalar, to: &output) }
    }

    private func decomposed(_ text: Bytes) -> [UInt32] {
        let (canonical, compatible) = (Self.canonicalTable, Self.compatibleTable)
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let (scalar, length) = decodeScalar(text, at: index)
            index += length
            if scalar >= 0xAC00, scalar <= 0xD7A3 {
                Self.decomposeHangul(scalar, &scalars)
            } else if isCompatible, compatible.expand(scalar, { scalars.append($0) }) {
                continue
            } else if !canonical.expand(scalar, { scalars.append($0) }) {
                scalars.append(scalar)
            }
        }
        return scalars
    }

    /// Runs of marks by combining class, equal ones as they stood.
    private static func sort(_ scalars: inout [UInt32]) {
        let order = order
        var index = 0
        while index < scalars.count {
            if order[scalars[index]] == 0 {
                index += 1
                continue
            }
            var end = index
            while end < scalars.count, order[scalars[end]] != 0 { end += 1 }
            if end - index > 1 {
                let sorted = scalars[index..<end].enumerated().sorted {
                    (order[$0.element], $0.offset) < (order[$1.element], $1.offset)
                }
                for (offset, item) in sorted.enumerated() {
                    scalars[index + offset] = item.element
                }
            }
            index = end
        }
    }

    /// The canonical composition algorithm: The Unicode Standard, section 3.11.
    private static func compose(_ scalars: inout [UInt32]) {
        let order = order
        var starter: Int?
        var lastClass: UInt16 = 0
        var kept = 0
        for scalar in scalars {
            let own = order[scalar]
            if let at = starter, at == kept - 1 || lastClass < own,
                at == kept - 1 || lastClass != 0, let pair = composite(scalars[at], scalar)
            {
                scalars[at] = pair
                continue
            }
            scalars[kept] = scalar
            if own == 0 { starter = kept }
            lastClass = own
            kept += 1
        }
        scalars.removeSubrange(kept...)
    }

    private static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        // Hangul: a leading consonant and a vowel, or those two and a trailing consonant.
        if first >= 0x1100, first < 0x1113, second >= 0x1161, second < 0x1176 {
            return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
        }
        if first >= 0xAC00, first <= 0xD7A3, (first - 0xAC00) % 28 == 0,
            second > 0x11A7, second < 0x11C3
        {
            return first + second - 0x11A7
        }
        return composition[UInt64(first) << 32 | UInt64(second)]
    }

    /// The Unicode Standard, section 3.12.
    private static func decomposeHangul(_ scalar: UInt32, _ output: inout [UInt32]) {
        let index = scalar - 0xAC00
        output.append(0x1100 + index / (21 * 28))
        output.append(0x1161 + index % (21 * 28) / 28)
        if index % 28 > 0 { output.append(0x11A7 + index % 28) }
    }
}
