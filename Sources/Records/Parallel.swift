internal import Dispatch
internal import Synchronization

/// Pieces of work done at once, their results in order.
public enum Parallel {
    /// The results of `body` in the order of `items`, with at most `limit` under way.
    ///
    /// After a failure nothing more is started, and what is under way ends as it would have.
    ///
    /// - Throws: The error of the earliest item among those that failed before the others could
    ///   be stopped.
    public static func map<Item: Sendable, Result: Sendable, Failure: Error>(
        _ items: [Item], limit: Int,
        _ body: @escaping @Sendable (Item) async throws(Failure) -> Result
    ) async throws(Failure) -> [Result] {
        var rest = items[...]
        var values: [Result] = []
        values.reserveCapacity(items.count)
        try await run(
            limit: limit, mostWaiting: .max, cancelsOthers: false,
            next: { () throws(Failure) -> Item? in rest.popFirst() }, work: body,
            take: { (value) throws(Failure) in values.append(value) })
        return values
    }

    /// The results of `body(0)`, …, `body(count - 1)` in that order, all computed at once.
    public static func map<Result: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) -> Result
    ) async -> [Result] {
        if count == 1 { return [body(0)] }
        return await map(Array(0..<count), limit: count) { body($0) }
    }

    /// The results of `work` for 0..<count, in order, computed on up to `threads` threads.
    ///
    /// The caller's thread is among them and waits for the others. Each thread has a `state` of its
    /// own; which thread takes which item is chance, so a result must depend on its item alone.
    public static func map<State, Result: Sendable>(
        _ count: Int, threads: Int, state: @Sendable () -> State,
        _ work: @Sendable (inout State, Int) -> Result
    ) -> [Result] {
        let next = Atomic<Int>(0)
        let results = Mutex([Result?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
            var own = state()
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if index >= count { return }
                let result = work(&own, index)
                results.withLock { $0[index] = result }
            }
        }
        return results.withLock { $0.compactMap { $0 } }
    }

    /// Takes pieces from `next` until it gives none, works on at most `limit` of them at a time,
    /// and hands the results to `take` in the order of the pieces.
    ///
    /// At most four times `limit` pieces are ahead of the one whose result is taken next, so memory
    /// stays bounded however uneven the pieces are. After a failure the other pieces are cancelled.
    ///
    /// - Throws: The first error of `next`, `work` or `take`.
    public static func inOrder<Piece: Sendable, Result: Sendable, Failure: Error>(
        limit: Int, next: () throws(Failure) -> Piece?,
        work: @escaping @Sendable (Piece) async throws(Failure) -> Result,
        take: (Result) throws(Failure) -> Void
    ) async throws(Failure) {
        try await run(
            limit: limit, mostWaiting: 4 * max(1, limit), cancelsOthers: true, next: next,
            work: work,
            take: take)
    }

    /// - Parameters:
    ///   - mostWaiting: How many pieces may be ahead of the one whose result is taken next.
    ///   - cancelsOthers: Whether a failure cancels the other pieces and is thrown itself; else
    ///     they end, and the failure of the earliest piece is thrown.
    private static func run<Piece: Sendable, Result: Sendable, Failure: Error>(
        limit: Int, mostWaiting: Int, cancelsOthers: Bool, next: () throws(Failure) -> Piece?,
        work: @escaping @Sendable (Piece) async throws(Failure) -> Result,
        take: (Result) throws(Failure) -> Void
    ) async throws(Failure) {
        typealias Finished = (number: Int, result: Swift.Result<Result, Failure>)
        let failure: Failure? = await withTaskGroup(of: Finished.self) { group in
            var (started, running, taken) = (0, 0, 0)
            var isAtEnd = false
            var waiting: [Int: Result] = [:]
            var failed: (number: Int, error: Failure)?
            do throws(Failure) {
                while true {
                    while !isAtEnd, running < max(1, limit), started - taken < mostWaiting {
                        guard let piece = try next() else {
                            isAtEnd = true
                            break
                        }
                        let number = started
                        started += 1
                        running += 1
                        group.addTask { (number, await outcome(of: piece, work)) }
                    }
                    guard let finished = await group.next() else { return failed?.error }
                    running -= 1
                    switch finished.result {
                    case .success(let result): waiting[finished.number] = result
                    case .failure(let error) where cancelsOthers: throw error
                    case .failure(let error):
                        isAtEnd = true
                        if finished.number < failed?.number ?? .max {
                            failed = (finished.number, error)
                        }
                    }
                    while let result = waiting.removeValue(forKey: taken) {
                        try take(result)
                        taken += 1
                    }
                }
            } catch {
                group.cancelAll()
                return error
            }
        }
        if let failure { throw failure }
    }

    private static func outcome<Piece, Value, Failure: Error>(
        of piece: Piece, _ work: (Piece) async throws(Failure) -> Value
    ) async -> Swift.Result<Value, Failure> {
        do throws(Failure) {
            return .success(try await work(piece))
        } catch {
            return .failure(error)
        }
    }
}
