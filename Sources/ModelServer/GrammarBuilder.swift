internal import Records

/// Turns read files into a ``Grammar``: resolves references and proves that every text ends.
struct GrammarBuilder {
    private var symbols: [Grammar.Symbol] = []
    private var indices: [String: Int] = [:]
    private var faults: [Fault] = []

    /// The grammar of one file over the shared symbols; the file's own win.
    ///
    /// Faults: an undefined symbol (with the nearest name), a malformed reference, a root without
    /// a symbol, a symbol that can never end, one defined twice.
    static func build(_ file: GrammarFile, shared: GrammarFile?) throws(Fault) -> Grammar {
        var builder = GrammarBuilder()
        var raws: [[GrammarFile.Raw]] = []
        var places: [Fault.Place] = []
        let own = Set(file.symbols.map(\.name))
        for symbol in file.symbols + (shared?.symbols ?? []).filter({ !own.contains($0.name) }) {
            if builder.indices[symbol.name] != nil {
                builder.faults.append(
                    Fault(
                        .configuration, "The symbol '\(symbol.name)' is defined twice",
                        at: symbol.place))
                continue
            }
            builder.indices[symbol.name] = raws.count
            raws.append(symbol.alternatives)
            places.append(symbol.place)
            builder.symbols.append(.init(name: symbol.name, alternatives: [], totalWeight: 0))
        }
        for (index, alternatives) in raws.enumerated() {
            for raw in alternatives {
                let pieces = builder.pieces(of: raw)
                builder.symbols[index].alternatives.append(
                    .init(weight: raw.weight, pieces: pieces))
                builder.symbols[index].totalWeight += raw.weight
            }
        }
        for root in file.roots where builder.indices[root] == nil {
            builder.faults.append(
                Fault(
                    .configuration, "The root '\(root)' has no symbol", at: .file(file.path),
                    hint: NearestName.hint(root, in: own.sorted())))
        }
        if builder.faults.isEmpty { builder.measure(places) }
        if let fault = Fault.combined(builder.faults) { throw fault }
        return Grammar(symbols: builder.symbols)
    }

    private mutating func pieces(of raw: GrammarFile.Raw) -> [Grammar.Piece] {
        var pieces: [Grammar.Piece] = []
        var rest = raw.text[...]
        while let open = rest.firstIndex(of: "<") {
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: ">") else {
                faults.append(Fault(.configuration, "A '<' is not closed", at: raw.place))
                return pieces
            }
            var name = String(rest[rest.index(after: open)..<close])
            rest = rest[rest.index(after: close)...]
            let isOptional = name.last == "?"
            if isOptional { name.removeLast() }
            let isCapital = name.first?.isUppercase ?? false
            let symbol = name.lowercased()
            guard let index = indices[symbol] else {
                faults.append(
                    Fault(
                        .configuration, "The symbol '<\(symbol)>' is not defined", at: raw.place,
                        hint: NearestName.hint(symbol, in: indices.keys.sorted())))
                continue
            }
            pieces.append(.symbol(index: index, isCapital: isCapital, isOptional: isOptional))
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }

    /// The height of each symbol, by rounds until nothing changes; what never gets one never ends.
    private mutating func measure(_ places: [Fault.Place]) {
        var changed = true
        while changed {
            changed = false
            for index in symbols.indices {
                for choice in symbols[index].alternatives.indices {
                    let height = height(of: symbols[index].alternatives[choice])
                    symbols[index].alternatives[choice].height = height
                    if height < symbols[index].height {
                        symbols[index].height = height
                        symbols[index].shortest = choice
                        changed = true
                    }
                }
            }
        }
        for (index, symbol) in symbols.enumerated() where symbol.height == Int.max {
            faults.append(
                Fault(
                    .configuration, "The symbol '\(symbol.name)' never ends", at: places[index],
                    hint: "give it an alternative that does not come back to itself"))
        }
        for (index, symbol) in symbols.enumerated()
        where symbol.height > Grammar.heightLimit && symbol.height < Int.max {
            faults.append(
                Fault(
                    .configuration, "The symbol '\(symbol.name)' is nested too deeply",
                    at: places[index],
                    why: "its shortest text takes \(symbol.height) levels of symbols, and "
                        + "\(Grammar.heightLimit) are the most"))
        }
    }

    private func height(of alternative: Grammar.Alternative) -> Int {
        var height = 0
        for case .symbol(let index, _, let isOptional) in alternative.pieces where !isOptional {
            height = max(height, symbols[index].height)
        }
        return height == Int.max ? height : height + 1
    }
}
