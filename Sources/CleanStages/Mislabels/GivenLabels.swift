internal import Records
internal import Vectors

/// The given labels of the categories that are judged, of every row.
enum GivenLabels: Portable {
    /// Each row's one category, by its place among `count` judged ones.
    case classes([Int32], count: Int)
    /// Each category against its absence.
    case table(LabelTable)

    /// A row with none or several categories.
    static let unknown: Int32 = -1
    /// A row of a category that is not judged.
    static let other: Int32 = -2

    /// Judged categories.
    var categories: Int {
        switch self {
        case .classes(_, let count): count
        case .table(let table): table.categories
        }
    }

    /// The labels of some rows, each category against its absence: a row of one category is known
    /// to be none of the others.
    func table(of rows: [Int32]) throws(Fault) -> LabelTable {
        let columns: [[Int8]] =
            switch self {
            case .classes(let classes, let count):
                (0..<Int32(count)).map { place in
                    rows.map { row in
                        let own = classes[Int(row)]
                        return own == Self.unknown ? LabelTable.unknown : own == place ? 1 : 0
                    }
                }
            case .table(let table):
                table.columns.map { column in rows.map { column[Int($0)] } }
            }
        return try LabelTable(rows: rows.count, columns: columns)
    }

    func write(to bytes: inout PortableWriter) {
        switch self {
        case .classes(let classes, let count):
            true.write(to: &bytes)
            classes.write(to: &bytes)
            count.write(to: &bytes)
        case .table(let table):
            false.write(to: &bytes)
            table.rows.write(to: &bytes)
            table.columns.write(to: &bytes)
        }
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        if try Bool(from: &bytes) {
            self = .classes(try [Int32](from: &bytes), count: try Int(from: &bytes))
        } else {
            let rows = try Int(from: &bytes)
            self = .table(try LabelTable(rows: rows, columns: try [[Int8]](from: &bytes)))
        }
    }
}
