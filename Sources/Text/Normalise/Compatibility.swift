/// What a character stands for: NFKC's mapping of one character (Unicode Standard Annex 15).
enum Compatibility {
    private struct Run {
        var first: UInt32
        var last: UInt32
        /// The targets of `first`; one target when the run is longer than one character.
        var targets: [UInt32]
    }

    /// In the order of their first characters.
    private static let runs: [Run] = {
        let list = CompatibilityList.text.utf8
        return list.split(whereSeparator: { $0 == 0x20 || $0 == 0x0A }).compactMap { entry in
            let sides = entry.split(separator: UInt8(ascii: ":"))
            guard sides.count == 2 else { return nil }
            let ends = sides[0].split(separator: UInt8(ascii: "-")).compactMap(number)
            guard let first = ends.first, let last = ends.last else { return nil }
            let targets = sides[1].split(separator: UInt8(ascii: ".")).compactMap(number)
            return Run(first: first, last: last, targets: targets)
        }
    }()

    private static func number(_ digits: Substring.UTF8View) -> UInt32? {
        UInt32(Substring(digits), radix: 16)
    }

    /// Whether a character is a full- or half-width form of another (`<wide>` and `<narrow>` in the
    /// Unicode Character Database), or the ideographic space.
    static func isWidthForm(_ value: UInt32) -> Bool {
        switch value {
        case 0x3000, 0xFF01...0xFF60, 0xFF61...0xFFDC, 0xFFE0...0xFFEE: true
        default: false
        }
    }

    /// Calls `body` with each character that `value` stands for: itself when it has no mapping.
    static func expand(_ value: UInt32, _ body: (UInt32) -> Void) {
        // Ideographs and Hangul syllables, the bulk of East Asian text, have none.
        if value < 0xA0 || (0x3400...0xD7A3).contains(value), value < 0xA69C || value > 0xABFF {
            body(value)
            return
        }
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].last < value { low = middle + 1 } else { high = middle }
        }
        guard low < runs.count, runs[low].first <= value else {
            body(value)
            return
        }
        if runs[low].targets.count == 1 {
            body(runs[low].targets[0] + (value - runs[low].first))
        } else {
            for target in runs[low].targets { body(target) }
        }
    }
}
