public import Records

/// The labels of many rows in several categories: 1, 0 or -1 for unknown.
///
/// One column a category. An unknown label is skipped by everything that trains, counts or
/// measures; it is never a 0.
public struct LabelTable: Sendable, Equatable {
    public static let unknown: Int8 = -1

    public let rows: Int
    /// Category → row → label.
    public private(set) var columns: [[Int8]]

    public var categories: Int { columns.count }

    /// A table of `columns`, each of `rows` labels out of 1, 0 and -1.
    ///
    /// - Throws: `badData` for a column of another length, or a label other than 0, 1 and -1.
    public init(rows: Int, columns: [[Int8]]) throws(Fault) {
        for (category, column) in columns.enumerated() {
            guard column.count == rows else {
                throw Fault(
                    .badData, "a label column has a wrong length",
                    why: "category \(category) has \(column.count) labels for \(rows) rows")
            }
            guard column.allSatisfy({ (-1...1).contains($0) }) else {
                throw Fault(
                    .badData, "a label is not 0, 1 or unknown", why: "category \(category)")
            }
        }
        self.rows = rows
        self.columns = columns
    }

    /// Whether the rows show that each has exactly one category: at least `minimumRows` rows have
    /// a known label, each of them exactly one, a 1, and two categories or more occur.
    ///
    /// A column of class names, `text,label`, gives such a table. One known 0, or one row with two
    /// categories, speaks against it.
    public func showsOneCategoryARow(minimumRows: Int) -> Bool {
        var isLabelled = [Bool](repeating: false, count: rows)
        var labelled = 0
        var occurring = 0
        for column in columns {
            let before = labelled
            for (row, label) in column.enumerated() where label != Self.unknown {
                if label == 0 || isLabelled[row] { return false }
                isLabelled[row] = true
                labelled += 1
            }
            if labelled > before { occurring += 1 }
        }
        return occurring > 1 && labelled >= minimumRows
    }

    /// The table in which every label of the rows that `isLeftOut` names is unknown.
    public func withoutLabels(of isLeftOut: (Int) -> Bool) -> LabelTable {
        let leftOut = (0..<rows).filter(isLeftOut)
        if leftOut.isEmpty { return self }
        var result = self
        for category in columns.indices {
            for row in leftOut { result.columns[category][row] = Self.unknown }
        }
        return result
    }

    /// The table in which a row with exactly one 1 is 0 in every other category where that label
    /// was unknown.
    public func completedByExclusion() -> LabelTable {
        var positives = [Int](repeating: 0, count: rows)
        for column in columns {
            for (row, label) in column.enumerated() where label == 1 { positives[row] += 1 }
        }
        var result = self
        for category in columns.indices {
            for row in 0..<rows
            where columns[category][row] == Self.unknown && positives[row] == 1 {
                result.columns[category][row] = 0
            }
        }
        return result
    }
}

/// Checks a column of labels and its scores: equal length, known values, no NaN.
func requireScores(
    _ scores: [Double], matching labels: [Int8]
) throws(Fault) {
    guard scores.count == labels.count else {
        throw Fault(
            .badData, "scores and labels differ in length",
            why: "\(scores.count) scores, \(labels.count) labels")
    }
    guard labels.allSatisfy({ (-1...1).contains($0) }) else {
        throw Fault(.badData, "a label is not 0, 1 or unknown")
    }
    if let row = scores.firstIndex(where: \.isNaN) {
        throw Fault(.badData, "a score is not a number", why: "row \(row)")
    }
}
