internal import Normalization

/// Byte-pair encoding: a word's bytes or scalars, merged (`tokenizers`, src/models/bpe/model.rs).
///
/// Byte-level vocabularies write each byte as a printable character; here they are bytes again.
struct PairEncoding: Sendable {
    struct Rules: Sendable {
        /// The token of what the vocabulary lacks; nil drops it.
        var unknown: Int32?
        var fusesUnknown = false
        /// A word that is in the vocabulary is not merged together.
        var ignoresMerges = false
        /// Symbols are bytes and not scalars.
        var isByteLevel = false
        /// For each byte, the token of what the vocabulary lacks ("<0xE2>"); empty for none.
        var fallback: [Int32] = []
    }

    private let tokens: TokenTable
    private let merges: PairTable
    private let rules: Rules
    /// The token of what the vocabulary lacks, where there is one.
    var unknown: Int32? { rules.isByteLevel ? nil : rules.unknown }
    /// For each byte the token it is, -1 for none.
    private let bytes: [Int32]
    /// For each token whether its own text gives it, and it alone.
    private var isWhole: [Bool] = []

    init(tokens: TokenTable, merges: PairTable, rules: Rules) {
        self.tokens = tokens
        self.merges = merges
        self.rules = rules
        bytes = (0...255).map { byte in
            [UInt8(byte)].withUnsafeBufferPointer { tokens.identifier(of: $0) ?? -1 }
        }
        var symbols = PairMerger.Symbols()
        isWhole = (0..<Int32(tokens.count)).map { token in
            tokens.token(token).withUnsafeBufferPointer { text in
                if rules.ignoresMerges { return true }
                if text.isEmpty { return false }
                encode(text, &symbols)
                return symbols.identifiers == [token]
            }
        }
    }

    func append(_ word: Bytes, _ work: inout TokenizerWork) {
        if let token = tokens.identifier(of: word), isWhole[Int(token)] {
            work.output.append(token)
            return
        }
        encode(word, &work.symbols)
        work.output += work.symbols.identifiers
    }

    private func encode(_ word: Bytes, _ symbols: inout PairMerger.Symbols) {
        symbols.identifiers.removeAll(keepingCapacity: true)
        var pending: Int32?
        var index = 0
        while index < word.count {
            let length = rules.isByteLevel ? 1 : scalarLength(word[index])
            let symbol = word.part(index, index + length)
            index += length
            let token = length == 1 ? bytes[Int(symbol[0])] : tokens.identifier(of: symbol) ?? -1
            if token >= 0 {
                if let unknown = pending { symbols.identifiers.append(unknown) }
                pending = nil
                symbols.identifiers.append(token)
            } else if let fallback = fallback(symbol) {
                symbols.identifiers += fallback
            } else if let unknown = rules.unknown {
                if pending != nil, !rules.fusesUnknown { symbols.identifiers.append(unknown) }
                pending = unknown
            }
        }
        if let unknown = pending { symbols.identifiers.append(unknown) }
        PairMerger.merge(&symbols, merges)
    }

    private func fallback(_ symbol: Bytes) -> [Int32]? {
        if rules.fallback.isEmpty { return nil }
        let found = symbol.map { rules.fallback[Int($0)] }
        return found.contains(-1) ? nil : found
    }

    /// What a byte-level token stands for; nil when it holds a character that is no byte.
    static func bytes(ofByteLevel token: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in token.unicodeScalars {
            guard let byte = byteOfCharacter[scalar.value] else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// GPT-2's alphabet: printable bytes are themselves, the others follow from U+0100.
    private static let byteOfCharacter: [UInt32: UInt8] = {
        var table: [UInt32: UInt8] = [:]
        var next: UInt32 = 0x100
        for byte in UInt8.min...UInt8.max {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: table[UInt32(byte)] = byte
            default:
                table[next] = byte
                next += 1
            }
        }
        return table
    }()
}
