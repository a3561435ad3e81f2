import Records
import StoreProtocols
import Testing

struct StoredAnswersLaws {
    @Test(arguments: Implementations.all)
    func `what was put is held and what was spent adds up, whoever is asked`(
        _ implementation: any Implementation
    ) async throws {
        let folder = try TemporaryFolder()
        try await implementation.opened(folder) { opened in
            let (key, other) = (SHA256.hash("key"), SHA256.hash("other"))
            let stores = opened.stores
            let one = Spending(calls: 2, tokens: 30, microunits: 400, estimated: 1)
            try await stores.replies.recordReply(
                StoredReply(state: .dead, httpStatus: 400, body: []), for: key,
                bill: Bill(endpoint: "a", spending: one))
            try await stores.replies.clearIntents(
                key: other, bill: Bill(endpoint: "b", spending: one), isExposed: false)
            try await stores.vectors.store([(key, [1])], model: other)
            let both = Spending(calls: 4, tokens: 60, microunits: 800, estimated: 2)
            for answers in try implementation.answers(opened, folder.path) {
                #expect(try answers.holds(key))
                #expect(try !answers.holds(other))
                #expect(try answers.holdsVector(of: key, model: other))
                #expect(try !answers.holdsVector(of: key, model: key))
                #expect(try !answers.holdsVector(of: other, model: other))
                for (endpoint, spent) in [("a", one), ("b", one), ("c", Spending()), (nil, both)] {
                    #expect(try answers.spent(sinceMilliseconds: 0, endpoint: endpoint) == spent)
                    #expect(try answers.spent(sinceRun: 0, endpoint: endpoint) == spent)
                    #expect(try answers.spent(sinceRun: .max, endpoint: endpoint) == Spending())
                }
                #expect(
                    try answers.spent(sinceMilliseconds: .max, endpoint: nil) == Spending())
                // A pipeline that never ran begins a series of its own.
                let first = try answers.firstOfSeries(pipeline: "p")
                #expect(try answers.spent(sinceRun: first, endpoint: nil) == Spending())
            }
        }
    }
}
