import Records
import Testing

@testable import Remote

struct RejectionWatchTests {
    /// The number of the call at which the watch speaks up.
    private func trip(_ rejected: [Bool]) -> Int? {
        var watch = RejectionWatch()
        return rejected.firstIndex { watch.note("t", isRejected: $0) }
    }

    @Test func `more than 5 of the first 100, or more than 20 in a row, blame the template`() {
        #expect(trip(Array(repeating: true, count: 50)) == 5)
        #expect(trip((0..<100).map { $0 % 20 == 0 }) == nil)
        #expect(trip((0..<100).map { $0 % 17 == 0 }) == 85)
        let clean = Array(repeating: false, count: 100)
        #expect(trip(clean + Array(repeating: true, count: 20) + clean) == nil)
        #expect(trip(clean + Array(repeating: true, count: 21)) == 120)
        #expect(trip(clean + (0..<1000).map { $0 % 2 == 0 }) == nil)
    }

    @Test func `each template is watched for itself`() {
        var watch = RejectionWatch()
        for number in 0..<40 {
            let trips = [
                watch.note("good", isRejected: false), watch.note("t\(number)", isRejected: true),
            ]
            #expect(trips == [false, false])
        }
    }
}

struct QueueTests {
    @Test func `a queue gives its elements in the order they came`() {
        for seed in 0..<50 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "fifo")
            var fifo = Fifo()
            var inOrder: [Int] = []
            for number in 0..<200 {
                if draws.chance(0.6) {
                    fifo.append(number)
                    inOrder.append(number)
                } else if !inOrder.isEmpty {
                    #expect(fifo.first == inOrder.removeFirst())
                    fifo.removeFirst()
                }
            }
            #expect(fifo.first == inOrder.first)
        }
    }
}
