internal import Glibc

/// MPNet's relative attention: what is added to a score by how far a key stands from its query.
///
/// Source: transformers, models/mpnet/modeling_mpnet.py, `relative_position_bucket` (after T5,
/// Raffel and others 2020, section 2.1), with its fixed 32 buckets and greatest distance 128.
enum RelativeBias {
    static let buckets = 32
    private static let farthest = 128

    /// The table's row for a key `distance` places behind its query; negative for one before it.
    static func bucket(_ distance: Int) -> Int {
        let half = buckets / 2
        let exact = half / 2
        let start = distance > 0 ? half : 0
        let steps = abs(distance)
        if steps < exact { return start + steps }
        // In 32-bit floats, as there: a place on a border between buckets depends on it.
        let scale = log(Double(farthest) / Double(exact))
        let far = logf(Float(steps) / Float(exact)) / Float(scale) * Float(half - exact)
        return start + min(exact + Int(far), half - 1)
    }

    /// One head's numbers for all distances, from -(longest - 1) to longest - 1.
    ///
    /// - Parameter table: [rows, heads], row-major.
    static func line(
        _ table: [Float], heads: Int, head: Int, longest: Int
    ) -> [Float] {
        (1 - longest..<longest).map { table[bucket($0) * heads + head] }
    }
}
