import Records
import Testing

@testable import Remote

struct BatchMachineTests {
    private let input = SHA256.hash("input")

    private func machine(
        remote: String? = nil, canSubmit: Bool = true, hasMetadata: Bool = true,
        taken: Set<String> = [], deadline: Int64 = .max
    ) -> BatchMachine {
        BatchMachine(
            wanted: .init(
                input: input, calls: 3, createdSeconds: 1000, taken: taken,
                hasMetadata: hasMetadata),
            remote: remote, file: nil, canSubmit: canSubmit, uploadsFile: hasMetadata,
            timing: .init(), deadline: deadline,
            exhausted: { _ in Fault(.unavailable, "no answer") })
    }

    private func batch(
        _ id: String, _ state: RemoteBatch.State = .working, results: [String] = [],
        ours: Bool = true
    ) -> RemoteBatch {
        RemoteBatch(
            id: id, state: state, results: results, input: ours ? input : SHA256.hash("other"),
            calls: ours ? 3 : 4, createdSeconds: 1001)
    }

    @Test func `the list is searched before anything is made`() {
        var machine = machine()
        func next(_ event: BatchMachine.Event) -> BatchMachine.Action {
            machine.next(event, now: 0, draw: 0.5)
        }
        #expect(next(.begin) == .find(after: nil))
        #expect(next(.page([batch("a", ours: false)], next: "p2")) == .find(after: "p2"))
        #expect(next(.page([], next: nil)) == .upload)
        #expect(next(.uploaded("f")) == .create(file: "f"))
        #expect(next(.batch(batch("b"))) == .sleep(milliseconds: 1000))
        #expect(next(.woke) == .poll("b"))
        #expect(next(.batch(batch("b", .ended, results: ["/1", "/2"]))) == .fetch("/1"))
        #expect(next(.fetched) == .fetch("/2"))
        #expect(next(.fetched) == .finish(failure: nil))
    }

    @Test func `one that is there is taken, unless it is noted under another number`() {
        var found = machine()
        _ = found.next(.begin, now: 0, draw: 0)
        #expect(found.next(.page([batch("b")], next: nil), now: 0, draw: 0) == .adopt(batch("b")))
        var taken = machine(taken: ["b"])
        _ = taken.next(.begin, now: 0, draw: 0)
        #expect(taken.next(.page([batch("b")], next: nil), now: 0, draw: 0) == .upload)
        var lost = machine(canSubmit: false)
        _ = lost.next(.begin, now: 0, draw: 0)
        #expect(lost.next(.page([], next: nil), now: 0, draw: 0) == .abandon)
    }

    @Test func `without metadata the number of calls and the time tell`() {
        var machine = machine(hasMetadata: false)
        #expect(machine.next(.begin, now: 0, draw: 0) == .create(file: nil))
        let lost = BatchMachine.Event.failed(Retry(kind: .ambiguous))
        #expect(machine.next(lost, now: 0, draw: 0) == .sleep(milliseconds: 1))
        #expect(machine.mayExist)
        #expect(machine.next(.woke, now: 0, draw: 0) == .find(after: nil))
        var old = batch("old")
        old.createdSeconds = 10
        let page = BatchMachine.Event.page([batch("x", ours: false), old, batch("b")], next: nil)
        #expect(machine.next(page, now: 0, draw: 0) == .adopt(batch("b")))
    }

    @Test func `looks come more and more seldom, and the last at the deadline`() {
        var machine = machine(remote: "b", deadline: 100_000)
        var now: Int64 = 0
        var pauses: [Int64] = []
        var action = machine.next(.begin, now: now, draw: 0)
        while action != .leave {
            switch action {
            case .poll: action = machine.next(.batch(batch("b")), now: now, draw: 0)
            case .sleep(let milliseconds):
                pauses.append(milliseconds)
                now += milliseconds
                action = machine.next(.woke, now: now, draw: 0)
            default:
                Issue.record("\(action)")
                return
            }
        }
        #expect(now == 100_000)
        #expect(pauses.prefix(3) == [1000, 1500, 2250])
        #expect(zip(pauses, pauses.dropFirst()).dropLast().allSatisfy { $0 <= $1 })
    }

    @Test func `a delay that the provider asks for is kept, and too long a one ends the run`() {
        var machine = machine(remote: "b")
        let wish = Retry(kind: .rateLimited, delayMilliseconds: 7000)
        #expect(machine.next(.failed(wish), now: 0, draw: 0) == .sleep(milliseconds: 7000))
        let long = Retry(kind: .rateLimited, delayMilliseconds: 86_400_000)
        guard case .stop = machine.next(.failed(long), now: 0, draw: 0) else {
            Issue.record("it goes on")
            return
        }
    }

    /// A provider of which any request may fail before or after it was carried out.
    @Test(arguments: 0..<300)
    func `whatever fails, nothing is created twice`(seed: Int) {
        var draws = CounterRNG(seed: UInt64(seed), purpose: "faults")
        let hasMetadata = seed % 2 == 0
        var machine = machine(hasMetadata: hasMetadata)
        var (created, polls, fetched) = (0, 0, 0)
        var action = machine.next(.begin, now: 0, draw: 0)
        for _ in 0..<1000 {
            let fate = draws.unit()
            var event = BatchMachine.Event.woke
            let isCarriedOut = fate > 0.3
            switch action {
            case .find:
                event = .page(created > 0 ? [batch("b")] : [batch("z", ours: false)], next: nil)
            case .adopt(let batch): event = .batch(batch)
            case .upload: event = .uploaded("f")
            case .create:
                if isCarriedOut { created += 1 }
                event = .batch(batch("b"))
            case .poll:
                polls += 1
                event = .batch(batch("b", polls > 3 ? .ended : .working, results: ["/1"]))
            case .fetch:
                if fate > 0.5 { fetched += 1 }
                event = .fetched
            case .sleep: event = .woke
            case .finish:
                #expect(created == 1 && fetched == 1)
                return
            case .stop:
                #expect(created <= 1)
                return
            case .leave, .abandon:
                Issue.record("\(action)")
                return
            }
            // Either before or after it was carried out.
            if fate < 0.5, action != .find(after: nil) || fate < 0.3 {
                switch action {
                case .adopt, .sleep: break
                default: event = .failed(Retry(kind: fate < 0.15 ? .gateway : .ambiguous))
                }
            }
            action = machine.next(event, now: 0, draw: draws.unit())
        }
        Issue.record("it never ends")
    }
}
