internal import Records

/// Which fields of a source hold nothing but 0 and 1 (true and false), as tables have labels.
struct OneHotFields: Sendable {
    private struct Seen: Sendable {
        var zeros = 0
        var ones = 0
        var isOther = false
    }

    /// So many rows are looked at.
    private static let most = 1_000
    /// Of fewer rows, 0 and 1 may be chance.
    private static let least = 3

    private var rows = 0
    private var order: [String] = []
    private var seen: [String: Seen] = [:]

    var wantsMore: Bool { rows < Self.most }

    /// The fields in the order of the file: 0 or 1 in every row that has a value, and both of them
    /// among them all.
    var names: [String] {
        let names = order.filter { name in
            seen[name].map { !$0.isOther && $0.zeros + $0.ones > 0 } ?? false
        }
        let isBoth =
            names.contains { (seen[$0]?.zeros ?? 0) > 0 }
            && names.contains { (seen[$0]?.ones ?? 0) > 0 }
        return rows >= Self.least && isBoth ? names : []
    }

    mutating func look(_ block: CellBlock) {
        for line in block.lines {
            guard wantsMore, case .cells(let number) = line.content else { continue }
            rows += 1
            for (column, name) in block.columns.enumerated() where !name.isEmpty {
                if seen[name]?.isOther ?? false { continue }
                let cell = block.cell(number, column)
                note(name, cell.count > 8 ? nil : String(decoding: cell, as: UTF8.self))
            }
        }
    }

    mutating func look(_ fields: JSONChildren) {
        guard wantsMore else { return }
        rows += 1
        for field in fields {
            let name = field.key
            if seen[name]?.isOther ?? false { continue }
            switch field.kind {
            case .null: note(name, "")
            case .array, .object: note(name, nil)
            case .string: note(name, field.string)
            case .number, .boolean: note(name, String(decoding: field.raw, as: UTF8.self))
            }
        }
    }

    /// - Parameter text: Nil for what is neither 0 nor 1.
    private mutating func note(_ name: String, _ text: String?) {
        if seen[name] == nil { order.append(name) }
        var known = seen[name] ?? Seen()
        let flag = text.flatMap(LabelRules.flag)
        switch flag {
        case true?: known.ones += 1
        case false?: known.zeros += 1
        case nil where text?.isEmpty ?? false: break
        case nil: known.isOther = true
        }
        seen[name] = known
    }
}
