public import Records

/// The labels of many rows in several categories: 1, 0 or -1 for unknown.
///
/// One column a category. An unknown label is skipped by everything that trains, counts or
/// measures; it is never a 0.
public struct LabelTable: Sendable, Equatable {
    public static let unknown: Int8 = -1

    public let rows: Int
    /// Category → row → label.
    public let columns: [[Int8]]

    public var categories: Int { columns.count }

    /// A table of `columns`, each of `rows` labels out of 1, 0 and -1.
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
