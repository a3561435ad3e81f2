/// Work divided over threads.
enum Parallel {
    /// The results of `body(0)`, …, `body(count - 1)` in that order, computed at once.
    static func map<R: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) -> R
    ) async -> [R] {
        if count == 1 { return [body(0)] }
        return await withTaskGroup(of: (Int, R).self) { group in
            for index in 0..<count { group.addTask { (index, body(index)) } }
            var results: [(Int, R)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
