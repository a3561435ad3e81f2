/// A summary of rows that merges in any order to the same bytes.
///
/// `merge` is commutative and associative, and exact: sums of integers, unions, maxima, values kept
/// by the number of their row. Sums of floating-point numbers are none of these. The law test
/// `checkMergeable` holds each type to it.
public protocol Mergeable: Portable {
    mutating func merge(_ other: Self)
}

/// Counts merge to their sum.
extension Int: Mergeable {
    public mutating func merge(_ other: Int) { self += other }
}

/// Sets merge to their union.
extension Set: Mergeable where Element: Portable & Comparable {
    public mutating func merge(_ other: Set<Element>) { formUnion(other) }
}

/// Dictionaries merge key by key.
extension Dictionary: Mergeable where Key: Portable & Comparable, Value: Mergeable {
    public mutating func merge(_ other: [Key: Value]) {
        for (key, value) in other {
            if let index = index(forKey: key) {
                values[index].merge(value)
            } else {
                self[key] = value
            }
        }
    }
}

/// The summary of a step that has none.
public struct NoSummary: Mergeable {
    public init() {}
    public mutating func merge(_ other: NoSummary) {}
    public func write(to bytes: inout PortableWriter) {}
    public init(from bytes: inout PortableReader) throws(Fault) {}
}

/// Values of neighbouring rows, which are joined in the order of the rows.
public protocol RowPart: Portable {
    /// Adds the values of the rows that follow.
    mutating func append(contentsOf other: Self)
}

extension Array: RowPart where Element: Portable {}

/// Values of rows in the order of the rows, whatever order the parts come in.
public struct InRowOrder<Part: RowPart>: Mergeable {
    private struct Run: Sendable {
        var rows: Range<Int>
        var part: Part
    }

    /// Without overlap, by their rows; neighbours are joined, so that equal values have one form.
    private var runs: [Run] = []

    public init() {}

    /// - Parameter rows: The rows of the input that the part is about, by their number there.
    public init(_ part: Part, of rows: Range<Int>) {
        if !rows.isEmpty { runs = [Run(rows: rows, part: part)] }
    }

    public mutating func merge(_ other: InRowOrder<Part>) {
        for run in other.runs { insert(run) }
    }

    private mutating func insert(_ run: Run) {
        var at = runs.count
        while at > 0, runs[at - 1].rows.lowerBound > run.rows.lowerBound { at -= 1 }
        if at > 0, runs[at - 1].rows.upperBound == run.rows.lowerBound {
            at -= 1
            runs[at].part.append(contentsOf: run.part)
            runs[at].rows = runs[at].rows.lowerBound..<run.rows.upperBound
        } else {
            runs.insert(run, at: at)
        }
        guard at + 1 < runs.count, runs[at].rows.upperBound == runs[at + 1].rows.lowerBound
        else { return }
        let next = runs.remove(at: at + 1)
        runs[at].part.append(contentsOf: next.part)
        runs[at].rows = runs[at].rows.lowerBound..<next.rows.upperBound
    }

    /// The values of all rows; nil for none.
    ///
    /// - Throws: `defect` when the values of some rows are missing.
    public func joined() throws(Fault) -> Part? {
        guard runs.count <= 1, runs.first.map({ $0.rows.lowerBound == 0 }) ?? true else {
            throw Fault(.defect, "the values of some rows are missing")
        }
        return runs.first?.part
    }

    public func write(to bytes: inout PortableWriter) {
        runs.count.write(to: &bytes)
        for run in runs {
            run.rows.lowerBound.write(to: &bytes)
            run.rows.upperBound.write(to: &bytes)
            run.part.write(to: &bytes)
        }
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        for _ in 0..<(try bytes.count()) {
            let (first, end) = (try Int(from: &bytes), try Int(from: &bytes))
            guard first < end, runs.last.map({ $0.rows.upperBound <= first }) ?? true else {
                throw PortableReader.damaged
            }
            runs.append(Run(rows: first..<end, part: try Part(from: &bytes)))
        }
    }
}
