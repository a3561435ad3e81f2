internal import Records

/// The rows that models learn from and neighbours are sought among: all, or so many of them,
/// evenly spread.
struct TrainingRows: Portable, Equatable {
    /// Rows that there are.
    let rows: Int
    /// Those of them that are learnt from.
    let count: Int

    init(rows: Int, most: Int) {
        self.rows = rows
        count = min(rows, most)
    }

    var isAll: Bool { count == rows }

    /// The numbers of the training rows, ascending.
    var numbers: [Int32] { (0..<Int32(rows)).filter { place(of: Int($0)) != nil } }

    /// A row's place among the training rows; nil for the others.
    func place(of row: Int) -> Int? {
        let place = row * count / rows
        return (row + 1) * count / rows > place ? place : nil
    }

    func write(to bytes: inout PortableWriter) {
        rows.write(to: &bytes)
        count.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        rows = try Int(from: &bytes)
        count = try Int(from: &bytes)
        guard rows >= 0, (0...rows).contains(count) else { throw PortableReader.damaged }
    }
}
