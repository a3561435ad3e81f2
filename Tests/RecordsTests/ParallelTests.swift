import Records
import Synchronization
import Testing

struct ParallelTests {
    @Test func `results keep the order of the items, whatever ends first`() async throws {
        let numbers = Array(0..<50)
        let underWay = Mutex((now: 0, most: 0))
        let doubled = await Parallel.map(numbers, limit: 7) { number in
            underWay.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            for _ in 0..<(50 - number) { await Task.yield() }
            underWay.withLock { $0.now -= 1 }
            return number * 2
        }
        #expect(doubled == numbers.map { $0 * 2 })
        #expect(underWay.withLock { $0.most } <= 7)
        #expect(await Parallel.map([Int](), limit: 3) { $0 }.isEmpty)
        for count in [0, 1, 2, 33] {
            #expect(await Parallel.map(count) { $0 * $0 } == (0..<count).map { $0 * $0 })
        }
    }

    @Test func `the earliest failure is thrown, and nothing is started after it`() async throws {
        let started = Mutex<[Int]>([])
        await #expect {
            _ = try await Parallel.map(Array(0..<50), limit: 1) { number throws(Fault) -> Int in
                started.withLock { $0.append(number) }
                if number >= 3 { throw Fault(.stopped, "at \(number)") }
                return number
            }
        } throws: {
            ($0 as? Fault)?.what == "at 3"
        }
        #expect(started.withLock { $0 } == [0, 1, 2, 3])
    }

    @Test func `of several failures the earliest is thrown, and what is under way ends`()
        async throws
    {
        let ended = Mutex<Set<Int>>([])
        await #expect {
            _ = try await Parallel.map(Array(0..<50), limit: 4) { number throws(Fault) -> Int in
                for _ in 0..<(10 - number) { await Task.yield() }
                ended.withLock { _ = $0.insert(number) }
                throw Fault(.stopped, "at \(number)")
            }
        } throws: {
            ($0 as? Fault)?.what == "at 0"
        }
        #expect(ended.withLock { $0 } == [0, 1, 2, 3])
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `pieces are taken in order, and few are ahead of the next`(seed: UInt64) async throws {
        var draws = CounterRNG(seed: seed, purpose: "pieces")
        let pauses = (0..<60).map { _ in draws.below(40) }
        let limit = 1 + draws.below(4)
        var (given, taken) = (0, [Int]())
        try await Parallel.inOrder(limit: limit) { () throws(Fault) -> Int? in
            guard given < pauses.count else { return nil }
            #expect(given - taken.count < 4 * limit)
            defer { given += 1 }
            return given
        } work: { number throws(Fault) in
            for _ in 0..<pauses[number] { await Task.yield() }
            return number
        } take: { number throws(Fault) in
            taken.append(number)
        }
        #expect(taken == Array(pauses.indices))
    }

    @Test func `a failure of a piece, of its source or of its taker ends ordered work`() async {
        for failing in ["next", "work", "take"] {
            let cancelled = Mutex(0)
            var given = 0
            await #expect(throws: Fault.self) {
                try await Parallel.inOrder(limit: 3) { () throws(Fault) -> Int? in
                    given += 1
                    if failing == "next", given == 9 { throw Fault(.stopped, "next") }
                    return given
                } work: { number throws(Fault) in
                    if failing == "work", number == 9 { throw Fault(.stopped, "work") }
                    for _ in 0..<200 where !Task.isCancelled { await Task.yield() }
                    if Task.isCancelled { cancelled.withLock { $0 += 1 } }
                    return number
                } take: { number throws(Fault) in
                    if failing == "take", number == 9 { throw Fault(.stopped, "take") }
                }
            }
            #expect(given < 9 + 4 * 3 + 3)
            #expect(cancelled.withLock { $0 } <= 3)
        }
    }

    @Test func `threads with a state of their own give results in order`() {
        for (count, threads) in [(0, 2), (1, 4), (100, 1), (1_000, 3)] {
            let found = Parallel.map(count, threads: threads, state: { [Int]() }) { own, index in
                own.append(index)
                return (index, own == own.sorted())
            }
            #expect(found.map(\.0) == Array(0..<count))
            #expect(found.map(\.1) == [Bool](repeating: true, count: count))
        }
    }
}
