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
}
