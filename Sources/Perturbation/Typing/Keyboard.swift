internal import Records

/// Where the letters lie under the fingers.
public enum KeyboardLayout: String, Sendable, CaseIterable {
    case qwerty, qwertz, azerty

    /// The layout of a language tag; qwerty when we know none better.
    public init(language: String) {
        switch language.prefix(2) {
        case "de": self = .qwertz
        case "fr": self = .azerty
        default: self = .qwerty
        }
    }

    private var rows: [String] {
        switch self {
        case .qwerty: ["qwertyuiop", "asdfghjkl", "zxcvbnm"]
        case .qwertz: ["qwertzuiopü", "asdfghjklöä", "yxcvbnm"]
        case .azerty: ["azertyuiop", "qsdfghjklm", "wxcvbn"]
        }
    }

    /// Letters one key away, per lower-case scalar, sorted by scalar: left and right on the row,
    /// and the two keys that touch it on the row above and below (each row lies half a key right).
    private var neighbourList: [(scalar: UInt32, near: [UInt32])] {
        let rows = rows.map { $0.unicodeScalars.map(\.value) }
        var result: [(UInt32, [UInt32])] = []
        for (row, keys) in rows.enumerated() {
            for (column, key) in keys.enumerated() {
                let places = [
                    (row, column - 1), (row, column + 1), (row - 1, column), (row - 1, column + 1),
                    (row + 1, column - 1), (row + 1, column),
                ]
                let near = places.compactMap { row, column in
                    rows.indices.contains(row) && rows[row].indices.contains(column)
                        ? rows[row][column] : nil
                }
                result.append((key, near))
            }
        }
        return result.sorted { $0.0 < $1.0 }
    }

    private static let tables: [[(scalar: UInt32, near: [UInt32])]] = allCases.map(\.neighbourList)

    /// Keys one step from that of a lower-case letter; none when the layout lacks it.
    func neighbours(of scalar: UInt32) -> [UInt32] {
        let table =
            switch self {
            case .qwerty: Self.tables[0]
            case .qwertz: Self.tables[1]
            case .azerty: Self.tables[2]
            }
        return table.first { $0.scalar == scalar }?.near ?? []
    }
}

extension Operator {
    /// A key beside the right one, in the case of the letter it replaces.
    static let keyboard = Operator(
        "keyboard", .typing, "a neighbouring key: uselrss", undo: .log, bounds: .typo,
        .word { word, knobs, draws, draft in
            guard let index = draws.pick(knobs.open(word.count)) else { return }
            let old = word.scalar(index)
            let lower = Scalars.lower(old)
            guard let near = draws.pick(knobs.layout.neighbours(of: lower)) else { return }
            // All keys of the layouts lie in Latin-1, where the cases are 32 apart.
            draft.replace(word.range(index), withScalar: old == lower ? near : near - 32)
        })
}
