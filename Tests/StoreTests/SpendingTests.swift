import Records
import StoreProtocols
import Synchronization
import Testing

@testable import Store

struct SpendingTests {
    private func bill(_ number: Int, _ endpoint: String = "a") -> Bill {
        Bill(
            endpoint: endpoint,
            spending: Spending(
                calls: 1, tokens: number, microunits: Int64(number) * 3, estimated: number % 2))
    }

    private func reply() -> StoredReply {
        StoredReply(state: .answered, httpStatus: 200, body: [])
    }

    @Test func `adds up exactly, by run, by hour and by endpoint`() async throws {
        let folder = try TemporaryFolder()
        let time = Time()
        let store = try WorkspaceStore(path: folder.database, clock: time.clock)
        var draws = CounterRNG(seed: 1, purpose: "spending")
        var booked: [(run: Int64, hour: Int64, endpoint: String, spending: Spending)] = []
        for run in 1...4 as ClosedRange<Int64> {
            #expect(try store.runs.begin(pipeline: "p") == run)
            for number in 0..<30 {
                time.move(by: Int64(draws.below(1_500_000)))
                let endpoint = draws.chance(0.5) ? "a" : "b"
                let bill = bill(number, endpoint)
                let key = SHA256.hash("\(run) \(number)")
                if draws.chance(0.5) {
                    try await store.ledger.recordReply(reply(), for: key, bill: bill)
                } else {
                    try await store.ledger.clearIntents(key: key, bill: bill)
                }
                booked.append((run, time.now / 3_600_000, endpoint, bill.spending))
            }
        }
        func sum(_ which: (Int64, Int64, String) -> Bool) -> Spending {
            var sum = Spending()
            for entry in booked where which(entry.run, entry.hour, entry.endpoint) {
                sum.calls += entry.spending.calls
                sum.tokens += entry.spending.tokens
                sum.microunits += entry.spending.microunits
                sum.estimated += entry.spending.estimated
            }
            return sum
        }
        let ledger = store.ledger
        for run in 0...5 as ClosedRange<Int64> {
            #expect(try ledger.spent(sinceRun: run) == sum { r, _, _ in r >= run })
            #expect(
                try ledger.spent(sinceRun: run, endpoint: "b")
                    == sum { r, _, e in r >= run && e == "b" })
        }
        for hour in stride(from: 0, through: time.now / 3_600_000 + 1, by: 3) {
            #expect(
                try ledger.spent(sinceMilliseconds: hour * 3_600_000 + 5)
                    == sum { _, h, _ in h >= hour })
        }
    }

    @Test func `what was spent stays spent when replies are forgotten`() async throws {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        try await store.ledger.recordReply(reply(), for: SHA256.hash("k"), bill: bill(4))
        try store.ledger.forget(.answered)
        try store.ledger.prune(olderThan: .max)
        #expect(try store.ledger.spent(sinceRun: 0).tokens == 4)
    }

    @Test func `calls that a kill left open are booked once, for the run that was killed`()
        async throws
    {
        let folder = try TemporaryFolder()
        do {
            let store = try WorkspaceStore(path: folder.database)
            _ = try store.runs.begin(pipeline: "p")
            let keys = (0..<3).map { SHA256.hash("\($0)") }
            for key in keys {
                try await store.ledger.recordIntent(key: key, reservedMicrounits: 50)
            }
            try await store.ledger.recordIntent(key: keys[0], reservedMicrounits: 50)
            // Known in its own time to be exposed, and booked then.
            try await store.ledger.clearIntents(key: keys[2], bill: bill(7), isExposed: true)
            #expect(try store.ledger.spent(sinceRun: 1) == bill(7).spending)
        }
        for _ in 0..<3 {
            let store = try WorkspaceStore(path: folder.database)
            #expect(try await store.ledger.exposedCount() == 3)
            let spent = try store.ledger.spent(sinceRun: 1, endpoint: "a")
            #expect(spent.calls == 1 + 3)
            #expect(spent.microunits == 21 + 150)
            #expect(try store.ledger.spent(sinceRun: 2) == Spending())
            try store.close()
        }
    }

    @Test func `what a batch carries is booked once it is over, not while it is out`()
        async throws
    {
        let folder = try TemporaryFolder()
        let keys = (0..<3).map { SHA256.hash("\($0)") }
        var batch: BatchRecord?
        for isOver in [false, false, true, true] {
            let store = try WorkspaceStore(path: folder.database)
            if batch == nil {
                batch = try await store.batches.begin(
                    endpoint: "a", path: "/c", input: SHA256.hash("i"), calls: keys.map { ($0, 5) })
                try await store.ledger.recordIntent(
                    key: SHA256.hash("single"), reservedMicrounits: 7)
                continue
            }
            // The single call was open at the end of the first process.
            #expect(try store.ledger.spent(sinceRun: 0).microunits == (isOver ? 7 + 12 : 7))
            if !isOver, let batch {
                for key in keys {
                    let bill = Bill(endpoint: "a", spending: Spending(calls: 1, microunits: 4))
                    try await store.ledger.recordReply(reply(), for: key, bill: bill)
                }
                _ = try await store.batches.finish(batch)
            }
        }
    }

    @Test func `absurd prices saturate and never refuse a reply`() async throws {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        for number in 0..<8 {
            let bill = Bill(
                endpoint: "e\(number % 5)",
                spending: Spending(calls: 1, tokens: .max, microunits: .max))
            try await store.ledger.recordReply(reply(), for: SHA256.hash("\(number)"), bill: bill)
        }
        let spent = try store.ledger.spent(sinceRun: 0)
        #expect(spent.microunits == .max)
        #expect(spent.tokens == .max)
        #expect(spent.calls == 8)
    }

    @Test func `a series is a run and its resumes, up to the one that was done`() throws {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        #expect(try store.runs.firstOfSeries(pipeline: "p") == 0)
        let states: [RunRecord.State] = [.stopped, .failed, .done, .stopped, .stopped]
        for (state, first) in zip(states, [1, 1, 1, 4, 4] as [Int64]) {
            let run = try store.runs.begin(pipeline: "p")
            #expect(try store.runs.firstOfSeries(pipeline: "p") == first)
            try store.runs.finish(run, state: state)
        }
        #expect(try store.runs.firstOfSeries(pipeline: "q") == 0)
    }
}

/// A clock that tests move.
private final class Time: Sendable {
    private let milliseconds = Mutex<Int64>(0)

    var now: Int64 { milliseconds.withLock { $0 } }
    var clock: WallClock { WallClock { self.now } }

    func move(by step: Int64) { milliseconds.withLock { $0 += step } }
}
