internal import Records

/// A step that reduces keyed rows: equal keys meet.
struct GroupStep: Sendable {
    /// The keyed rows among the values of earlier steps.
    let rows: @Sendable (StepValues) throws(Fault) -> KeyedRows
    /// What the groups of one part give, in the order of keys.
    let reduce: @Sendable (KeyedRows.Part) throws(Fault) -> any Sendable
    let results: @Sendable () -> any GroupResults
}

/// What the parts of a group have given so far, in the order of the parts.
protocol GroupResults: AnyObject {
    var value: any Sendable { get }
    func append(_ part: any Sendable) throws(Fault)
    func append(bytes: [UInt8]) throws(Fault)
}

final class TypedGroupResults<Out: Portable>: GroupResults {
    private var typed: [Out] = []

    var value: any Sendable { typed }

    func append(_ part: any Sendable) throws(Fault) {
        guard let part = part as? [Out] else { throw StepValues.mismatch }
        typed += part
    }

    func append(bytes: [UInt8]) throws(Fault) { typed += try [Out](portableBytes: bytes) }
}

/// A group, and the keyed rows that it reduces.
struct GroupTask: Sendable {
    let number: Int
    let step: GroupStep
    let rows: KeyedRows
}
