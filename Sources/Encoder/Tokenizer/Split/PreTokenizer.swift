internal import Normalization

/// How a text is split into words: the pre-tokenizers of tokenizer.json, in a row.
///
/// Follows Hugging Face's `tokenizers`, src/pre_tokenizers. Each word goes through all steps
/// before the next one does, so that a text that is cut ends early.
struct PreTokenizer: Sendable {
    enum Step: Sendable, Equatable {
        case bert
        case whitespace
        case whitespaceSplit
        case punctuation
        case byteLevel(addsSpace: Bool, splits: Bool)
        case metaspace(Metaspace)

        var isByteLevel: Bool {
            if case .byteLevel = self { true } else { false }
        }
    }

    struct Metaspace: Sendable, Equatable {
        enum Prepending: String, Sendable { case first, never, always }
        var replacement: [UInt8]
        var prepending: Prepending
        var splits: Bool
    }

    let steps: [Step]

    /// Hands the words of a text to the model, in order, until the text is cut.
    ///
    /// `isFirst` says that the text begins where the whole text begins.
    func split(_ text: Bytes, isFirst: Bool, _ model: TokenModel, _ work: inout TokenizerWork) {
        split(0, text, isFirst, model, &work)
    }

    private func split(
        _ step: Int, _ text: Bytes, _ isFirst: Bool, _ model: TokenModel,
        _ work: inout TokenizerWork
    ) {
        if text.isEmpty || work.isFull { return }
        guard step < steps.count else { return model.append(text, &work) }
        switch steps[step] {
        case .byteLevel(let addsSpace, let splits):
            if addsSpace, text[0] != 0x20 {
                var buffer = work.take(step)
                buffer.append(0x20)
                buffer.append(contentsOf: text)
                buffer.withUnsafeBufferPointer { splitBytes(step, $0, splits, model, &work) }
                work.put(buffer, step)
            } else {
                splitBytes(step, text, splits, model, &work)
            }
        case .metaspace(let metaspace):
            splitMetaspace(step, text, isFirst, metaspace, model, &work)
        case .bert, .whitespace, .whitespaceSplit, .punctuation:
            splitClasses(step, text, isFirst, model, &work)
        }
    }

    private func splitBytes(
        _ step: Int, _ text: Bytes, _ splits: Bool, _ model: TokenModel,
        _ work: inout TokenizerWork
    ) {
        if !splits { return split(step + 1, text, false, model, &work) }
        let table = ScalarClass.table
        var index = 0
        while index < text.count, !work.isFull {
            let end = ByteLevelScanner.end(text, from: index, table)
            split(step + 1, text.part(index, end), false, model, &work)
            index = end
        }
    }

    private func splitMetaspace(
        _ step: Int, _ text: Bytes, _ isFirst: Bool, _ metaspace: Metaspace, _ model: TokenModel,
        _ work: inout TokenizerWork
    ) {
        let mark = metaspace.replacement
        var buffer = work.take(step)
        let prepends =
            metaspace.prepending == .always || (metaspace.prepending == .first && isFirst)
        if prepends, text[0] != 0x20, !text.hasPrefix(mark) { buffer += mark }
        for byte in text {
            if byte == 0x20 { buffer += mark } else { buffer.append(byte) }
        }
        buffer.withUnsafeBufferPointer { marked in
            var start = 0
            var index = scalarLength(marked[0])
            while metaspace.splits, index < marked.count {
                if marked[index] == mark[0], marked.hasPrefix(mark, at: index) {
                    split(step + 1, marked.part(start, index), isFirst && start == 0, model, &work)
                    if work.isFull { return }
                    start = index
                    index += mark.count
                } else {
                    index += 1
                }
            }
            let rest = marked.part(start, marked.count)
            split(step + 1, rest, isFirst && start == 0, model, &work)
        }
        work.put(buffer, step)
    }

    /// Splits where the kind of scalar changes, and drops what is of no kind.
    private func splitClasses(
        _ step: Int, _ text: Bytes, _ isFirst: Bool, _ model: TokenModel,
        _ work: inout TokenizerWork
    ) {
        let table = ScalarClass.table
        let rule = steps[step]
        var start = 0
        var last = Kind.dropped
        var index = 0
        while index < text.count {
            let (scalar, length) = decodeScalar(text, at: index)
            let kind = Self.kind(ScalarClass(rawValue: table[scalar]), rule)
            if kind != last || kind == .alone {
                if last != .dropped {
                    let part = text.part(start, index)
                    split(step + 1, part, isFirst && start == 0, model, &work)
                    if work.isFull { return }
                }
                start = index
                last = kind
            }
            index += length
        }
        if last != .dropped {
            split(step + 1, text.part(start, index), isFirst && start == 0, model, &work)
        }
    }

    private enum Kind { case dropped, word, symbol, alone }

    @inline(__always) private static func kind(_ scalar: ScalarClass, _ rule: Step) -> Kind {
        switch rule {
        case .bert:
            scalar.contains(.space) ? .dropped : scalar.contains(.punctuation) ? .alone : .word
        case .whitespaceSplit: scalar.contains(.space) ? .dropped : .word
        case .whitespace:
            scalar.contains(.word) ? .word : scalar.contains(.space) ? .dropped : .symbol
        default: scalar.contains(.punctuation) ? .alone : .word
        }
    }
}
