internal import Pipeline
internal import Records

/// The scores of the rows of val and test, for the lines beside them.
struct RowScores: Portable {
    private let categories: [String]
    /// Category → place → probability.
    private let scores: [[Double]]
    /// The place of a row.
    private let places: [Int: Int]

    init(_ fittedRun: FittedRun, categories: [String]) {
        self.categories = categories
        scores = fittedRun.scores
        var places: [Int: Int] = [:]
        places.reserveCapacity(fittedRun.rows.count)
        for (place, row) in fittedRun.rows.enumerated() { places[Int(row)] = place }
        self.places = places
    }

    /// A row's scores as an object; nil for a row that was not measured.
    func scores(_ row: Int) -> [UInt8]? {
        guard let place = places[row] else { return nil }
        var object = JSONObject()
        for (index, category) in categories.enumerated() {
            object[category] = .number(scores[index][place])
        }
        return object.bytes
    }

    /// The row's line in the sidecar.
    static func note(_ scores: [UInt8]) -> [UInt8] {
        var note = JSONObject()
        note["scores"] = .raw(scores)
        return note.bytes
    }

    func write(to bytes: inout PortableWriter) {
        categories.write(to: &bytes)
        scores.write(to: &bytes)
        places.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        categories = try [String](from: &bytes)
        scores = try [[Double]](from: &bytes)
        places = try [Int: Int](from: &bytes)
    }
}
