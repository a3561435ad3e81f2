internal import Records

/// Runs pieces of work on several threads and hands their results out in the order of the pieces.
enum OrderedWork {
    /// At most `jobs` pieces are worked on at a time, and at most four times as many results wait
    /// for an earlier one, so memory stays bounded however uneven the pieces are.
    static func run<Piece: Sendable, Result: Sendable>(
        jobs: Int, stop: StopFlag, next: () throws(Fault) -> Piece?,
        work: @escaping @Sendable (Piece) async throws(Fault) -> Result,
        take: (Result) throws(Fault) -> Void
    ) async throws(Fault) {
        typealias Finished = (number: Int, result: Swift.Result<Result, Fault>)
        let failure: Fault? = await withTaskGroup(of: Finished.self) { group in
            var started = 0
            var running = 0
            var taken = 0
            var isAtEnd = false
            var waiting: [Int: Result] = [:]
            do throws(Fault) {
                while true {
                    while !isAtEnd, running < max(1, jobs), started - taken < 4 * max(1, jobs) {
                        try stop.check()
                        guard let piece = try next() else {
                            isAtEnd = true
                            break
                        }
                        let number = started
                        started += 1
                        running += 1
                        group.addTask {
                            do throws(Fault) {
                                return (number, .success(try await work(piece)))
                            } catch {
                                return (number, .failure(error))
                            }
                        }
                    }
                    guard let finished = await group.next() else { return nil }
                    running -= 1
                    waiting[finished.number] = try finished.result.get()
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
}
