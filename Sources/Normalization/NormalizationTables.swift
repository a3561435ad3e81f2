internal import CNormalization

/// The tables of one version, and the algorithms of The Unicode Standard, sections 3.11 and 3.12.
struct NormalizationTables: Sendable {
    private let canonical: ScalarMapping
    private let compatible: ScalarMapping
    /// Canonical combining classes.
    private let classes: ScalarTable
    /// Composites by their first scalar (upper half) and second.
    private let composites: [UInt64: UInt32]
    /// 1 for what is the second scalar of a composite.
    private let seconds: ScalarTable

    var decomposable: [UInt32] { Set(canonical.scalars + compatible.scalars).sorted() }

    private static let unicode17 = NormalizationTables { _ in nil }
    private static let unicode14 = NormalizationTables(without: normalization_later_than_14)
    private static let tokenizers = NormalizationTables(
        without: normalization_unknown_to_tokenizers)

    static func of(_ version: NormalForm.Version) -> NormalizationTables {
        switch version {
        case .unicode17: unicode17
        case .unicode14: unicode14
        case .tokenizers: tokenizers
        }
    }

    /// - Parameter list: Gives ranges of scalars that stay themselves, and their number.
    private init(without list: (UnsafeMutablePointer<UInt32>) -> UnsafePointer<scalar_range>?) {
        var count: UInt32 = 0
        var unknown: Set<UInt32> = []
        let ranges = list(&count)
        for range in UnsafeBufferPointer(start: ranges, count: Int(count)) {
            unknown.formUnion(range.first...range.last)
        }
        var classes = ScalarTable(normalization_classes()) { UInt16($0) }
        for scalar in unknown { classes.set(scalar, 0) }
        self.classes = classes
        let pairs = normalization_composed(&count)
        var composites: [UInt64: UInt32] = [:]
        composites.reserveCapacity(Int(count))
        var seconds = ScalarTable()
        for pair in UnsafeBufferPointer(start: pairs, count: Int(count))
        where !unknown.contains(pair.composed) {
            composites[UInt64(pair.first) << 32 | UInt64(pair.second)] = pair.composed
            seconds.set(pair.second, 1)
        }
        self.composites = composites
        self.seconds = seconds
        canonical = ScalarMapping(normalization_canonical(), without: unknown)
        compatible = ScalarMapping(normalization_compatible(), without: unknown)
    }

    func decomposed(_ text: [UInt32], isCompatible: Bool) -> [UInt32] {
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.count)
        for scalar in text {
            if scalar < 0xA0 {
                scalars.append(scalar)
            } else if scalar >= 0xAC00, scalar <= 0xD7A3 {
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
    func sort(_ scalars: inout [UInt32]) {
        var index = 0
        while index < scalars.count {
            if classes[scalars[index]] == 0 {
                index += 1
                continue
            }
            var end = index
            while end < scalars.count, classes[scalars[end]] != 0 { end += 1 }
            if end - index > 1 {
                let sorted = scalars[index..<end].enumerated().sorted {
                    (classes[$0.element], $0.offset) < (classes[$1.element], $1.offset)
                }
                for (offset, item) in sorted.enumerated() {
                    scalars[index + offset] = item.element
                }
            }
            index = end
        }
    }

    /// The canonical composition algorithm.
    func compose(_ scalars: inout [UInt32]) {
        var starter: Int?
        var lastClass: UInt16 = 0
        var kept = 0
        for scalar in scalars {
            let own = classes[scalar]
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

    private func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        // Nothing below the first mark is the second part of a composite.
        if second < 0x300 { return nil }
        // Hangul: a leading consonant and a vowel, or those two and a trailing consonant.
        if first >= 0x1100, first < 0x1113, second >= 0x1161, second < 0x1176 {
            return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
        }
        if first >= 0xAC00, first <= 0xD7A3, (first - 0xAC00) % 28 == 0,
            second > 0x11A7, second < 0x11C3
        {
            return first + second - 0x11A7
        }
        if seconds[second] == 0 { return nil }
        return composites[UInt64(first) << 32 | UInt64(second)]
    }

    private static func decomposeHangul(_ scalar: UInt32, _ output: inout [UInt32]) {
        let index = scalar - 0xAC00
        output.append(0x1100 + index / (21 * 28))
        output.append(0x1161 + index % (21 * 28) / 28)
        if index % 28 > 0 { output.append(0x11A7 + index % 28) }
    }
}
