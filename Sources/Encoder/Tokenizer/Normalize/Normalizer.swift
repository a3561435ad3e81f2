internal import CKernels
internal import CNormalization
internal import Normalization

/// What is done to a text before it is split: the normalizers of tokenizer.json, in a row.
///
/// Follows Hugging Face's `tokenizers`, src/normalizers.
struct Normalizer: Sendable {
    enum Step: Sendable {
        case bert(BertCleaning)
        case form(NormalForm)
        case lowercase
        case stripMarks
        case strip(left: Bool, right: Bool)
        case replace(Replacement)
        case prepend([UInt8])
        case precompiled(CharacterMap)

        var lowersCase: Bool {
            switch self {
            case .bert(let cleaning): cleaning.lowercases
            case .lowercase: true
            default: false
            }
        }

        /// Bytes that one byte of a text may become, at most.
        var growth: Int {
            switch self {
            case .replace(let replacement): max(1, replacement.growth)
            case .precompiled(let map): max(1, map.longestText)
            // U+FDFA is 33 bytes in NFKC and NFKD; elsewhere three bytes for one are the most.
            case .form, .bert: 11
            case .lowercase: 2
            case .stripMarks, .strip, .prepend: 1
            }
        }
    }

    var steps: [Step]

    /// Normalizes `text` in place; `scratch` is for its storage.
    ///
    /// Returns whether the text still begins with what it began with: a step that takes scalars
    /// off the front makes a Metaspace of scheme "first" see a later part.
    func apply(_ text: inout [UInt8], _ scratch: inout [UInt8]) -> Bool {
        var isWhole = true
        for step in steps {
            scratch.removeAll(keepingCapacity: true)
            text.withUnsafeBufferPointer { isWhole = Self.apply(step, $0, &scratch) && isWhole }
            swap(&text, &scratch)
        }
        return isWhole
    }

    private static func apply(_ step: Step, _ text: Bytes, _ output: inout [UInt8]) -> Bool {
        switch step {
        case .bert(let cleaning): return cleaning.append(text, to: &output)
        case .form(let form): form.append(text, to: &output, version: .tokenizers)
        case .lowercase: Lowercase.append(text, to: &output)
        case .stripMarks: return Marks.appendStripped(text, .mark, to: &output)
        case .strip(let left, let right):
            let from = left ? leadingSpace(text) : 0
            let to = right ? max(from, trailingSpaceStart(text)) : text.count
            output.append(contentsOf: text[from..<to])
            return from == 0
        case .replace(let replacement): replacement.append(text, to: &output)
        case .prepend(let bytes):
            if !text.isEmpty { output += bytes }
            output.append(contentsOf: text)
        case .precompiled(let map): map.append(text, to: &output)
        }
        return true
    }
}

/// How many bytes of white space a text begins with.
func leadingSpace(_ text: Bytes) -> Int {
    var index = 0
    while index < text.count {
        let (scalar, length) = decodeScalar(text, at: index)
        if !ScalarClass.of(scalar).contains(.space) { break }
        index += length
    }
    return index
}

/// Where the white space at a text's end begins.
func trailingSpaceStart(_ text: Bytes) -> Int {
    var end = text.count
    while end > 0 {
        let (scalar, length) = decodeScalar(text, before: end)
        if !ScalarClass.of(scalar).contains(.space) { break }
        end -= length
    }
    return end
}

enum Lowercase {
    private static let table = ScalarMapping(tokenizer_small())

    static func append(_ text: Bytes, to output: inout [UInt8]) {
        let table = table
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte < 0x80 {
                output.append(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte)
                index += 1
                continue
            }
            let (scalar, length) = decodeScalar(text, at: index)
            if !table.expand(scalar, { appendScalar($0, to: &output) }) {
                output.append(contentsOf: text[index..<index + length])
            }
            index += length
        }
    }
}

enum Marks {
    /// Appends what is not a mark of this kind; whether the first scalar stayed.
    static func appendStripped(
        _ text: Bytes, _ kind: ScalarClass, to output: inout [UInt8]
    ) -> Bool {
        let table = ScalarClass.table
        var index = 0
        var firstStays = true
        while index < text.count {
            let (scalar, length) = decodeScalar(text, at: index)
            if ScalarClass(rawValue: table[scalar]).contains(kind) {
                if index == 0 { firstStays = false }
            } else {
                output.append(contentsOf: text[index..<index + length])
            }
            index += length
        }
        return firstStays
    }
}
