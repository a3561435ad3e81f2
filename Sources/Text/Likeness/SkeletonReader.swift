internal import Normalization

/// Reads the words of a ``TextSkeleton`` from UTF-8.
struct SkeletonReader {
    private enum Class {
        case letter, digit, sign, ideograph, symbol, none
        case separator
    }

    private let bytes: UnsafeRawBufferPointer
    private var at = 0
    /// The word in the making: scalars, and what they are.
    private var word: [UInt32] = []
    private var hasLetter = false
    private var hasDigit = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func read(into skeleton: inout TextSkeleton) {
        while at < bytes.count {
            let byte = bytes[at]
            if byte < 0x80 {
                at += 1
                let isCapital = (0x41...0x5A).contains(byte)
                take(UInt32(isCapital ? byte | 0x20 : byte), &skeleton)
            } else {
                let (value, length) = UTF8Scan.scalar(bytes, at)
                at += length
                expand(value, &skeleton)
            }
        }
        flush(&skeleton)
    }

    /// One character that is not ASCII: compatible forms, lower case, no marks, Latin letters.
    private mutating func expand(_ value: UInt32, _ skeleton: inout TextSkeleton) {
        if CharacterClass.isIgnorable(value) || Self.isMark(value) { return }
        if let scalar = Unicode.Scalar(value) {
            // `10²` is not `102`, nor `option ª` `option a`.
            switch scalar.properties.generalCategory {
            case .otherNumber, .letterNumber: return put(value, .digit, &skeleton)
            default: if value == 0xAA || value == 0xBA { return put(value, .letter, &skeleton) }
            }
        }
        var parts: [UInt32] = []
        Compatibility.expand(value) { parts.append($0) }
        for part in parts {
            if hasLetter, let latin = ConfusableLetters.latin(greekCapital: part) {
                put(latin, .letter, &skeleton)
                continue
            }
            var lowered: [UInt32] = []
            CharacterClass.lowered(part) { lowered.append($0) }
            if (0xC0..<0x3400).contains(part) || part >= 0xF900 {
                lowered = NormalForm.nfd.scalars(of: lowered)
            }
            for one in lowered where !Self.isMark(one) {
                if let latin = ConfusableLetters.latin(one) {
                    put(latin, .letter, &skeleton)
                } else {
                    take(one, &skeleton)
                }
            }
        }
    }

    /// Marks that are put on letters for looks: those of the Latin, Greek and Cyrillic scripts, and
    /// the vowels and strokes that Arabic and Hebrew may leave out.
    private static func isMark(_ value: UInt32) -> Bool {
        switch value {
        case 0x300...0x36F, 0x483...0x489, 0x591...0x5C7, 0x640, 0x64B...0x65F, 0x670,
            0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F:
            true
        default: false
        }
    }

    private mutating func take(_ value: UInt32, _ skeleton: inout TextSkeleton) {
        put(Self.folded(value), Self.classified(value), &skeleton)
    }

    /// Digits of all scripts as ASCII's.
    private static func folded(_ value: UInt32) -> UInt32 {
        guard value >= 0x660, let scalar = Unicode.Scalar(value),
            scalar.properties.generalCategory == .decimalNumber,
            let number = scalar.properties.numericValue
        else { return value }
        return 0x30 + UInt32(number)
    }

    private static func classified(_ value: UInt32) -> Class {
        switch value {
        case 0x61...0x7A: return .letter
        case 0x30...0x39: return .digit
        // Apostrophes.
        case 0x27, 0x60, 0xB4, 0x2018, 0x2019, 0x2BC, 0x2B9: return .none
        case 0..<0x20 where !(9...13).contains(value): return .none
        case _ where Lookalikes.isSign(value): return .sign
        case 0..<0x80: return .separator
        // Kana and ideographs.
        case 0x3041...0x30FF, 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
            return .ideograph
        default: break
        }
        guard let scalar = Unicode.Scalar(value) else { return .separator }
        let properties = scalar.properties
        if properties.isAlphabetic { return .letter }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return .letter
        case .decimalNumber: return .digit
        case .otherSymbol, .modifierSymbol: return .symbol
        default: return .separator
        }
    }

    private mutating func put(_ value: UInt32, _ kind: Class, _ skeleton: inout TextSkeleton) {
        switch kind {
        case .none: break
        case .letter:
            hasLetter = true
            word.append(value)
        case .digit:
            hasDigit = true
            word.append(value)
        case .sign: word.append(value)
        case .ideograph, .symbol:
            flush(&skeleton)
            skeleton.append([value], kind == .symbol ? .symbol : .word)
        case .separator:
            if isAddress(before: value) {
                skipAddress()
                skeleton.append(word[...], .address)
                clear()
            } else {
                flush(&skeleton)
            }
        }
    }

    private static let schemes = ["http", "https", "www"].map { $0.unicodeScalars.map(\.value) }

    /// Whether a URL has begun.
    private func isAddress(before value: UInt32) -> Bool {
        guard hasLetter, Self.schemes.contains(word), at < bytes.count else { return false }
        return value == 0x2E || (value == 0x3A && bytes[at] == 0x2F)
    }

    /// Goes on to the next white space; what lies between is part of the address.
    private mutating func skipAddress() {
        while at < bytes.count, bytes[at] > 0x20 {
            word.append(UInt32(bytes[at]))
            at += 1
        }
    }

    private mutating func clear() {
        word.removeAll(keepingCapacity: true)
        hasLetter = false
        hasDigit = false
    }

    /// Ends the word in the making.
    private mutating func flush(_ skeleton: inout TextSkeleton) {
        defer { clear() }
        if !hasLetter && !hasDigit { return }
        var part = word[...]
        let isMasked = part.first == Lookalikes.mask && part.last == Lookalikes.mask
        while let last = part.last, Lookalikes.isSign(last),
            last != Lookalikes.mask || isMasked || !hasLetter, last != 0x24 || !hasLetter
        {
            part.removeLast()
        }
        let isAccount = part.first == 0x40 && part.count > 4
        while let first = part.first, Lookalikes.isSign(first) {
            let second = part.dropFirst().first ?? 0
            // `@ss` and `$ex` begin with a letter; a price does not.
            if first == 0x40 || first == 0x24, hasLetter, !Lookalikes.isDigit(second),
                !Lookalikes.isSign(second)
            {
                break
            }
            part.removeFirst()
        }
        if part.isEmpty { return }
        skeleton.append(part, isAccount ? .address : hasLetter ? .word : .number)
    }
}
