internal import Synchronization

/// Tells one row that an endpoint will not take from a template none of whose rows it takes.
///
/// Rejected (400, 422 and the like) is a call that neither its length nor its content explains.
/// More than 20 in a row, or more than 5 of a template's first 100 calls, are the template's fault:
/// going on would only bury every row.
struct RejectionWatch: Sendable {
    static let mostInARow = 20
    static let firstCalls = 100
    static let mostOfFirstCalls = 5

    private struct Tally: Sendable {
        var ended = 0
        var rejected = 0
        var inARow = 0
    }

    private var tallies: [String: Tally] = [:]

    /// Notes how a call of a template ended.
    ///
    /// - Returns: Whether the template is to blame.
    mutating func note(_ template: String, isRejected: Bool) -> Bool {
        var tally = tallies[template] ?? Tally()
        tally.ended += 1
        tally.rejected += isRejected ? 1 : 0
        tally.inARow = isRejected ? tally.inARow + 1 : 0
        tallies[template] = tally
        guard isRejected else { return false }
        return tally.inARow > Self.mostInARow
            || (tally.ended <= Self.firstCalls && tally.rejected > Self.mostOfFirstCalls)
    }
}

/// The watch over rejected calls, shared.
final class RejectionBox: Sendable {
    private let watch = Mutex(RejectionWatch())

    /// Whether the template is to blame, as of this call.
    func note(_ template: String, isRejected: Bool) -> Bool {
        watch.withLock { $0.note(template, isRejected: isRejected) }
    }
}
