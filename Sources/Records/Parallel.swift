/// Pieces of work done at once, their results in order.
public enum Parallel {
    /// The results of `body` in the order of `items`, with at most `limit` under way.
    ///
    /// - Throws: The error of the earliest item among those that failed before the others could
    ///   be stopped.
    public static func map<Item: Sendable, Result: Sendable, Failure: Error>(
        _ items: [Item], limit: Int,
        _ body: @escaping @Sendable (Item) async throws(Failure) -> Result
    ) async throws(Failure) -> [Result] {
        let results = await withTaskGroup(of: (index: Int, result: Outcome<Result, Failure>).self) {
            group in
            var results = [Outcome<Result, Failure>?](repeating: nil, count: items.count)
            var next = 0
            func start() {
                let (item, index) = (items[next], next)
                next += 1
                group.addTask { (index, await outcome(of: item, body)) }
            }
            while next < min(limit, items.count) { start() }
            var hasFailed = false
            while let one = await group.next() {
                results[one.index] = one.result
                if case .failure = one.result { hasFailed = true }
                if !hasFailed, next < items.count { start() }
            }
            return results
        }
        var values: [Result] = []
        values.reserveCapacity(items.count)
        for result in results {
            // What was never started comes behind what failed.
            if let result { values.append(try result.get()) }
        }
        insist(values.count == items.count, "every piece of work has a result")
        return values
    }

    /// The results of `body(0)`, …, `body(count - 1)` in that order, all computed at once.
    public static func map<Result: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) -> Result
    ) async -> [Result] {
        if count == 1 { return [body(0)] }
        return await map(Array(0..<count), limit: count) { body($0) }
    }

    private typealias Outcome<Value, Failure: Error> = Swift.Result<Value, Failure>

    private static func outcome<Item, Value, Failure: Error>(
        of item: Item, _ body: (Item) async throws(Failure) -> Value
    ) async -> Outcome<Value, Failure> {
        do throws(Failure) {
            return .success(try await body(item))
        } catch {
            return .failure(error)
        }
    }
}
