internal import Records

/// A weighted context-free grammar: the source of every text the offline server writes.
///
/// A text in the file is plain, with references: `<name>` is one expansion of that symbol,
/// `<Name>` the same with a capital first letter, `<name?>` the same or nothing, half and half.
/// Symbols may refer to themselves; a depth limit then takes the shortest way out.
public struct Grammar: Sendable {
    /// A piece of an alternative.
    enum Piece: Sendable, Equatable {
        case text(String)
        case symbol(index: Int, isCapital: Bool, isOptional: Bool)
    }

    struct Alternative: Sendable {
        var weight: Int
        var pieces: [Piece]
        /// Levels of expansion that the shortest text needs.
        var height = Int.max
    }

    struct Symbol: Sendable {
        var name: String
        var alternatives: [Alternative]
        var totalWeight: Int
        /// Of the shortest alternative; ties to the earlier.
        var shortest = 0
        var height = Int.max
    }

    /// Beyond this depth every choice is the shortest: recursion ends, texts stay short.
    static let depthLimit = 12
    /// The same from so many bytes on.
    static let byteLimit = 2_000
    /// Symbols expanded for one text; what lies beyond is left out.
    ///
    /// A few lines that name each other several times stand for more text than any machine holds.
    static let expansionLimit = 10_000
    /// A symbol whose shortest text needs more levels than this is refused.
    static let heightLimit = 200

    let symbols: [Symbol]
    private let indices: [String: Int]

    init(symbols: [Symbol]) {
        self.symbols = symbols
        var indices: [String: Int] = [:]
        for (index, symbol) in symbols.enumerated() { indices[symbol.name] = index }
        self.indices = indices
    }

    public func has(_ root: String) -> Bool { indices[root] != nil }

    /// One text of `root`; `given` replaces the expansion of symbols by name (a topic, say) and is
    /// never read as a grammar.
    ///
    /// nil when there is no such root.
    func text(_ root: String, draws: inout CounterRNG, given: [String: String] = [:]) -> String? {
        guard let index = indices[root] else { return nil }
        var given = given.reduce(into: [Int: String]()) { result, entry in
            if let index = indices[entry.key] { result[index] = entry.value }
        }
        given[index] = nil
        var expansion = Expansion(draws: draws, given: given)
        expand(index, depth: 0, isCapital: false, &expansion)
        draws = expansion.draws
        return Self.tidied(expansion.text)
    }

    /// A text in the making.
    private struct Expansion {
        var draws: CounterRNG
        /// Symbols that stand for a text of their own.
        let given: [Int: String]
        var text = ""
        var symbols = 0
    }

    private func expand(
        _ index: Int, depth: Int, isCapital: Bool, _ expansion: inout Expansion
    ) {
        expansion.symbols += 1
        if expansion.symbols > Self.expansionLimit { return }
        let before = expansion.text.utf8.count
        if let value = expansion.given[index] {
            expansion.text += value
        } else {
            let symbol = symbols[index]
            let isDeep = depth >= Self.depthLimit || before > Self.byteLimit
            let choice = isDeep ? symbol.shortest : Self.choose(symbol, &expansion.draws)
            for piece in symbol.alternatives[choice].pieces {
                switch piece {
                case .text(let plain): expansion.text += plain
                case .symbol(let next, let isCapital, let isOptional):
                    if isOptional && (isDeep || expansion.draws.chance(0.5)) { continue }
                    expand(next, depth: depth + 1, isCapital: isCapital, &expansion)
                }
            }
        }
        guard isCapital, expansion.text.utf8.count > before else { return }
        let text = expansion.text
        let tail = text.utf8.index(text.utf8.startIndex, offsetBy: before)
        expansion.text.replaceSubrange(tail...tail, with: text[tail].uppercased())
    }

    private static func choose(_ symbol: Symbol, _ draws: inout CounterRNG) -> Int {
        var left = draws.below(symbol.totalWeight)
        for (index, alternative) in symbol.alternatives.enumerated() {
            left -= alternative.weight
            if left < 0 { return index }
        }
        return symbol.shortest
    }

    /// Single spaces, none at the ends and none before a comma or a full stop: what optional parts
    /// leave behind.
    static func tidied(_ text: String) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        var previous: UInt8 = 32
        for byte in text.utf8 {
            if byte == 32 && previous == 32 { continue }
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "?"), UInt8(ascii: "!"):
                if previous == 32 && !result.isEmpty { result.removeLast() }
            default: break
            }
            result.append(byte)
            previous = byte
        }
        while result.last == 32 { result.removeLast() }
        return String(decoding: result, as: UTF8.self)
    }
}
