internal import Pipeline
internal import Records
internal import StageKit

/// Rows of the dataset that few-shot prompts may show, a sample for every category.
///
/// The sample is the rows with the smallest draws, so that it does not depend on their order, and
/// summaries of parts join to the summary of the whole.
struct ExamplePool: Mergeable {
    /// As many as this for every one that a prompt shows, so that prompts differ.
    private static let poolFactor = 8

    private let categories: [String]
    private let size: Int
    private var pools: [String: [DrawnText]] = [:]
    /// Category → rows with the label 1.
    private(set) var counts: [String: Int] = [:]

    init(categories: [String], shown: Int) {
        self.categories = categories
        size = shown * Self.poolFactor
    }

    /// - Parameter isShowable: Whether the text may go into a prompt at all.
    mutating func add(_ record: Record, draw: UInt64, isShowable: Bool) {
        for category in record.labels.positives where categories.contains(category) {
            counts[category, default: 0] += 1
            guard isShowable else { continue }
            pools[category, default: []].append(
                DrawnText(draw: draw, id: record.id, text: record.text))
            if pools[category, default: []].count >= 4 * size { trim(category) }
        }
    }

    mutating func merge(_ other: ExamplePool) {
        for category in categories {
            if let count = other.counts[category] { counts[category, default: 0] += count }
            guard let entries = other.pools[category] else { continue }
            pools[category, default: []] += entries
            trim(category)
        }
    }

    func write(to bytes: inout PortableWriter) {
        var pool = self
        for category in categories { pool.trim(category) }
        categories.write(to: &bytes)
        size.write(to: &bytes)
        pool.pools.write(to: &bytes)
        counts.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        categories = try [String](from: &bytes)
        size = try Int(from: &bytes)
        pools = try [String: [DrawnText]](from: &bytes)
        counts = try [String: Int](from: &bytes)
    }

    private mutating func trim(_ category: String) {
        guard let entries = pools[category] else { return }
        pools[category] = Array(entries.sorted().prefix(size))
    }

    /// The sample of a category, in the order of its draws.
    func texts(_ category: String) -> [String] {
        var pool = self
        pool.trim(category)
        return (pool.pools[category] ?? []).map(\.text)
    }
}
