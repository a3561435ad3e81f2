internal import CKernels
internal import Records

/// The word pieces of vocab.txt, one a line, a line's number being its identifier.
struct Vocabulary: Sendable {
    /// A token that is special wherever it stands in a raw text.
    struct Special: Sendable {
        var bytes: [UInt8]
        var identifier: Int32
    }

    let tokens: TokenTable
    let unknown: Int32
    let classify: Int32
    let separate: Int32
    let special: [Special]

    /// The rules of BERT in lower case.
    var rules: BertTokenizer.Rules {
        BertTokenizer.Rules(
            model: WordPiece(tokens: tokens, unknown: unknown), special: special,
            before: [classify], after: [separate])
    }

    init(path: String) throws(Fault) {
        try self.init(MappedFile.ofModel(path).copy(), path: path)
    }

    init(_ file: [UInt8], path: String) throws(Fault) {
        var bytes = file
        if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        // Lines may end as Windows ends them: the carriage return goes.
        if bytes.contains(UInt8(ascii: "\r")) { bytes.removeAll { $0 == UInt8(ascii: "\r") } }
        guard bytes.count < Int32.max, let text = String(validating: bytes, as: UTF8.self) else {
            throw Fault(.configuration, "the vocabulary is not UTF-8", at: .file(path))
        }
        try Self.refuseMovableMarks(text, path: path)
        let tokens = TokenTable(lines: bytes)
        let special = try ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"].map {
            name throws(Fault) -> Special in
            guard let found = tokens.identifier(of: name) else {
                throw Fault(.configuration, "the vocabulary lacks '\(name)'", at: .file(path))
            }
            return Special(bytes: Array(name.utf8), identifier: found)
        }
        self.tokens = tokens
        self.special = special
        (unknown, classify, separate) =
            (special[0].identifier, special[1].identifier, special[2].identifier)
    }

    /// Throws when a token holds a combining mark that survives folding.
    ///
    /// The tokenizer does not put combining marks into canonical order, which changes no
    /// identifier as long as a word with such a mark is unknown anyway.
    private static func refuseMovableMarks(_ text: String, path: String) throws(Fault) {
        guard let scalar = movableMark(text) else { return }
        throw Fault(
            .configuration, "the vocabulary holds a combining mark that may move",
            at: .file(path), why: "U+" + String(scalar.value, radix: 16, uppercase: true))
    }

    /// The first combining mark of a text that survives folding and that canonical order moves.
    static func movableMark(_ text: String) -> Unicode.Scalar? {
        text.unicodeScalars.first { $0.value > 0x7F && unicode_is_movable_mark($0.value) != 0 }
    }
}
