/// Columns of text: the first one flush left, numbers flush right.
struct Table {
    private var rows: [[String]]
    private let leftColumns: Set<Int>

    /// - Parameter left: The columns that hold words, from 0.
    init(_ header: [String], left: Set<Int> = [0]) {
        rows = [header]
        leftColumns = left
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    var isEmpty: Bool { rows.count == 1 }

    /// Lines without ends, no blanks at their ends.
    var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let blank = String(repeating: " ", count: widths[column] - cell.count)
                line += column == 0 ? "" : "  "
                line += leftColumns.contains(column) ? cell + blank : blank + cell
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
