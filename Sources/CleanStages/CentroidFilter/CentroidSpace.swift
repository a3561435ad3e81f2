internal import Pipeline
internal import Records
internal import Vectors

/// The centres of all categories that have enough rows.
struct CentroidSpace: Portable {
    /// Centres by category; none for one with too few rows.
    let centres: [[[Double]]]

    init(
        _ stage: CentroidFilterStage, _ positives: PositiveRows, _ rows: UnitRows?, seed: UInt64
    ) throws(Fault) {
        guard let rows else {
            centres = positives.names.map { _ in [] }
            return
        }
        let members = positives.members().map(\.rows)
        var centres: [[[Double]]] = []
        for (category, name) in positives.names.enumerated() {
            let own = members[category]
            let minimum = (stage.rules[name] ?? stage.rule).minimumRows
            if own.count < minimum {
                centres.append([])
            } else if stage.centroids > 1 {
                let means = try SphericalKMeans(seed: seed, minimumSize: min(minimum, 5))
                centres.append(try means.cluster(rows, own, upTo: stage.centroids).centres)
            } else {
                centres.append([try Self.centre(stage.centre, rows, own)])
            }
        }
        self.centres = centres
    }

    func write(to bytes: inout PortableWriter) { centres.write(to: &bytes) }

    init(from bytes: inout PortableReader) throws(Fault) {
        centres = try [[[Double]]](from: &bytes)
    }

    private static func centre(
        _ kind: CentroidFilterStage.Centre, _ rows: UnitRows, _ members: [Int]
    ) throws(Fault) -> [Double] {
        switch kind {
        case .mean: return Centroids.mean(rows, members)
        case .trimmed: return try Centroids.trimmedMean(rows, members)
        case .medoid:
            guard let row = Centroids.medoid(rows, members) else { return [] }
            return rows.matrix.withRow(row) { $0.map { Double($0) } }
        }
    }

    /// The distances and margins of some neighbouring rows in their own categories.
    func measures(
        _ block: [Int], _ positives: PositiveRows, _ rows: UnitRows?
    ) -> CentroidMeasures {
        guard let rows else { return CentroidMeasures() }
        let nearest: [[Double]] = centres.map { own in
            var best = [Double](repeating: .infinity, count: block.count)
            for centre in own {
                let distances = Centroids.distances(rows, block, to: centre)
                for at in best.indices { best[at] = min(best[at], distances[at]) }
            }
            return best
        }
        var measures = CentroidMeasures()
        for (at, row) in block.enumerated() {
            let entries = positives.range(of: row)
            var other = Double.infinity
            for category in centres.indices
            where !entries.contains(where: { positives.category($0) == category }) {
                other = min(other, nearest[category][at])
            }
            for entry in entries {
                let own = nearest[positives.category(entry)][at]
                measures.distances.append(own.isFinite ? own : .nan)
                measures.margins.append(own.isFinite && other.isFinite ? own - other : .nan)
            }
        }
        return measures
    }
}

/// One number for each row and category that it has; NaN where there is none.
struct CentroidMeasures: RowPart {
    /// To the nearest own centre, 0 to 2.
    var distances: [Double] = []
    /// The distance minus that to the nearest centre of a category that the row has not.
    var margins: [Double] = []

    init() {}

    func write(to bytes: inout PortableWriter) {
        distances.write(to: &bytes)
        margins.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        distances = try [Double](from: &bytes)
        margins = try [Double](from: &bytes)
    }

    mutating func append(contentsOf other: CentroidMeasures) {
        distances += other.distances
        margins += other.margins
    }
}
