import Glibc
import Records
import StoreProtocols
import Testing

struct ReplyStoreLaws {
    private func reply(_ number: Int) -> StoredReply {
        StoredReply(
            state: StoredReply.State.allCases[number % StoredReply.State.allCases.count],
            httpStatus: 200 + number % 3, body: [UInt8](repeating: 7, count: number * 11),
            model: number % 2 == 0 ? "m" : nil, promptTokens: number % 4 == 0 ? nil : number,
            costMicrounits: Int64(number), attempts: number + 1,
            reason: number % 3 == 0 ? "too_long" : nil)
    }

    @Test(arguments: Implementations.all)
    func `the first reply stays, for whoever opens the store next too`(
        _ implementation: any Implementation
    ) async throws {
        let folder = try TemporaryFolder()
        let keys = (0..<12).map { SHA256.hash("\($0)") }
        try await implementation.opened(folder) { opened in
            let replies = opened.stores.replies
            for (number, key) in keys.enumerated() {
                #expect(try await replies.reply(for: key) == nil)
                try await replies.recordReply(reply(number), for: key, bill: nil)
                try await replies.recordReply(reply(number + 1), for: key, bill: nil)
                #expect(try await replies.reply(for: key) == reply(number))
            }
        }
        try await implementation.opened(folder) { opened in
            for (number, key) in keys.enumerated() {
                try await opened.stores.replies.recordReply(reply(99), for: key, bill: nil)
                #expect(try await opened.stores.replies.reply(for: key) == reply(number))
            }
        }
    }

    @Test(arguments: Implementations.all)
    func `any steps in any order keep what a dictionary would keep, across openings`(
        _ implementation: any Implementation
    ) async throws {
        for seed in 0..<8 as Range<UInt64> {
            let folder = try TemporaryFolder()
            var draws = CounterRNG(seed: seed, purpose: "replies")
            let keys = (0..<6).map { SHA256.hash("\(seed) \($0)") }
            var model: [SHA256.Digest: StoredReply] = [:]
            for _ in 0..<3 {
                try await implementation.opened(folder) { opened in
                    for _ in 0..<25 {
                        try await step(opened.stores.replies, keys, &model, &draws)
                    }
                    for key in keys {
                        #expect(try await opened.stores.replies.reply(for: key) == model[key])
                    }
                }
            }
        }
    }

    private func step(
        _ replies: any ReplyStore, _ keys: [SHA256.Digest],
        _ model: inout [SHA256.Digest: StoredReply], _ draws: inout CounterRNG
    ) async throws {
        let some = draws.sample(1 + draws.below(3), of: keys)
        switch draws.below(6) {
        case 0: for key in some { try await replies.recordIntent(key: key, reservedMicrounits: 1) }
        case 1, 2:
            for key in some {
                let reply = reply(draws.below(40))
                try await replies.recordReply(reply, for: key, bill: nil)
                model[key] = model[key] ?? reply
            }
        case 3:
            try await replies.clearIntents(key: some[0], bill: nil, isExposed: draws.chance(0.5))
        case 4:
            let state: StoredReply.State = draws.chance(0.5) ? .answered : .invalid
            try await replies.restate(some, as: state)
            for key in some {
                guard let now = model[key]?.state, [.answered, .invalid].contains(now) else {
                    continue
                }
                model[key]?.state = state
            }
        default:
            try await replies.forget(some)
            for key in some { model[key] = nil }
        }
    }

    @Test(arguments: Implementations.all)
    func `tasks that put the same key at once all read the one that stayed`(
        _ implementation: any Implementation
    ) async throws {
        let folder = try TemporaryFolder()
        try await implementation.opened(folder) { opened in
            let replies = opened.stores.replies
            for round in 0..<10 {
                let key = SHA256.hash("\(round)")
                let read = await withTaskGroup(of: [StoredReply?].self) { group in
                    for number in 0..<16 {
                        group.addTask {
                            var read: [StoredReply?] = []
                            for time in 0..<4 {
                                let own = reply(number + time)
                                try? await replies.recordReply(own, for: key, bill: nil)
                                read.append(try? await replies.reply(for: key))
                            }
                            return read
                        }
                    }
                    return await group.reduce(into: []) { $0 += $1 }
                }
                #expect(read[0] != nil && read.allSatisfy { $0 == read[0] })
            }
        }
    }

    @Test(arguments: Implementations.all)
    func `an intent of a killed holder lapses: counted once, sent again, answered`(
        _ implementation: any Implementation
    ) async throws {
        let folder = try TemporaryFolder()
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [name = implementation.name as String, path = folder.path as String] in
            let replies = try Implementations.named(name).open(path).stores.replies
            let keys = (0..<4).map { SHA256.hash("\($0)") }
            for key in keys { try await replies.recordIntent(key: key, reservedMicrounits: 50) }
            let bill = Bill(endpoint: "a", spending: Spending(calls: 1, tokens: 3, microunits: 7))
            let kept = StoredReply(state: .answered, httpStatus: 200, body: [1])
            try await replies.recordReply(kept, for: keys[1], bill: bill)
            try await replies.clearIntents(key: keys[2], bill: nil, isExposed: false)
            // It was booked with its bill, so that the kill does not book it again.
            try await replies.clearIntents(key: keys[3], bill: bill, isExposed: true)
            kill(getpid(), SIGKILL)
        }
        let keys = (0..<4).map { SHA256.hash("\($0)") }
        // Two calls that were billed, and one that was open.
        let spent = Spending(calls: 3, tokens: 6, microunits: 2 * 7 + 50)
        for time in 0..<3 {
            try await implementation.opened(folder) { opened in
                let replies = opened.stores.replies
                #expect(
                    try opened.stores.answers.spent(sinceMilliseconds: 0, endpoint: "a") == spent)
                #expect(try await replies.reply(for: keys[1])?.body == [1])
                #expect(try await replies.reply(for: keys[0]) == (time < 2 ? nil : reply(5)))
                if time == 1 {
                    try await replies.recordIntent(key: keys[0], reservedMicrounits: 50)
                    try await replies.recordReply(reply(5), for: keys[0], bill: nil)
                }
            }
        }
    }
}
