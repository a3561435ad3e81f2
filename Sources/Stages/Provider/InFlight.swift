internal import Records

/// Waits for several answers at once: each piece of work spends its time at an endpoint.
enum InFlight {
    /// The results in the order of `items`, with at most `limit` under way.
    ///
    /// - Throws: The fault of the earliest item among those that failed before the others could
    ///   be stopped.
    static func map<Item: Sendable, Result: Sendable>(
        _ items: [Item], limit: Int,
        _ body: @escaping @Sendable (Item) async throws(Fault) -> Result
    ) async throws(Fault) -> [Result] {
        typealias Finished = (index: Int, result: Swift.Result<Result, Fault>)
        let finished = await withTaskGroup(of: Finished.self) { group in
            var results = [Swift.Result<Result, Fault>?](repeating: nil, count: items.count)
            var next = 0
            var hasFailed = false
            while next < min(limit, items.count) {
                add(&group, items[next], next, body)
                next += 1
            }
            while let one = await group.next() {
                results[one.index] = one.result
                if case .failure = one.result { hasFailed = true }
                if !hasFailed, next < items.count {
                    add(&group, items[next], next, body)
                    next += 1
                }
            }
            return results
        }
        var values: [Result] = []
        values.reserveCapacity(items.count)
        for result in finished {
            // What was never started comes behind what failed.
            if let result { values.append(try result.get()) }
        }
        insist(values.count == items.count, "every piece of work has a result")
        return values
    }

    private static func add<Item: Sendable, Result: Sendable>(
        _ group: inout TaskGroup<(index: Int, result: Swift.Result<Result, Fault>)>,
        _ item: Item, _ index: Int,
        _ body: @escaping @Sendable (Item) async throws(Fault) -> Result
    ) {
        group.addTask {
            do throws(Fault) {
                return (index, .success(try await body(item)))
            } catch {
                return (index, .failure(error))
            }
        }
    }
}
