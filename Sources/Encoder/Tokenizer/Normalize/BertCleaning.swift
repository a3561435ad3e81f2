internal import Normalization

/// BertNormalizer: cleaning, space around Chinese characters, accents, case
/// (`tokenizers`, src/normalizers/bert.rs).
struct BertCleaning: Sendable, Equatable {
    var cleans = true
    var spacesChinese = true
    var stripsAccents = true
    var lowercases = true

    /// Appends the cleaned text; whether its first scalar stayed.
    func append(_ text: Bytes, to output: inout [UInt8]) -> Bool {
        var work: [UInt8] = []
        work.reserveCapacity(text.count + 16)
        var isWhole = clean(text, &work)
        if stripsAccents, work.contains(where: { $0 >= 0x80 }) {
            var decomposed: [UInt8] = []
            work.withUnsafeBufferPointer {
                NormalForm.nfd.append($0, to: &decomposed, version: .tokenizers)
            }
            work.removeAll(keepingCapacity: true)
            isWhole =
                decomposed.withUnsafeBufferPointer {
                    Marks.appendStripped($0, .nonspacing, to: &work)
                } && isWhole
        }
        work.withUnsafeBufferPointer {
            if lowercases {
                Lowercase.append($0, to: &output)
            } else {
                output.append(contentsOf: $0)
            }
        }
        return isWhole
    }

    private func clean(_ text: Bytes, _ output: inout [UInt8]) -> Bool {
        let table = ScalarClass.table
        var index = 0
        var firstStays = true
        while index < text.count {
            let (scalar, length) = decodeScalar(text, at: index)
            let kind = ScalarClass(rawValue: table[scalar])
            if cleans, kind.contains(.removed) {
                if index == 0 { firstStays = false }
            } else if cleans, kind.contains(.space) {
                output.append(0x20)
            } else if spacesChinese, kind.contains(.chinese) {
                output.append(0x20)
                output.append(contentsOf: text[index..<index + length])
                output.append(0x20)
            } else {
                output.append(contentsOf: text[index..<index + length])
            }
            index += length
        }
        return firstStays
    }
}
