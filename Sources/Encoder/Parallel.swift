internal import Dispatch
internal import Synchronization

/// The results of `work` for 0..<count, in order, computed on up to `threads` threads.
///
/// The caller's thread is among them. Each thread has a `state` of its own; which thread takes
/// which item is chance, so a result must depend on its item alone.
func inParallel<State, Result: Sendable>(
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
