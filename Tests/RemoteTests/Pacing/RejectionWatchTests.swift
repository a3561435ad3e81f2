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
    @Test func `a heap gives its elements in order, a queue in the order they came`() {
        for seed in 0..<50 as Range<UInt64> {
            var draws = Draws(seed: seed, purpose: "heap")
            var heap = Heap<Int>()
            var fifo = Fifo()
            var sorted: [Int] = []
            var inOrder: [Int] = []
            for number in 0..<200 {
                if draws.chance(0.6) {
                    let item = draws.below(100_000) * 4000 + number
                    heap.insert(item)
                    fifo.append(item)
                    inOrder.append(item)
                    sorted.append(item)
                } else if !inOrder.isEmpty {
                    #expect(heap.first == sorted.min())
                    #expect(fifo.first == inOrder.first)
                    sorted.removeAll { $0 == heap.first }
                    inOrder.removeFirst()
                    heap.removeFirst()
                    fifo.removeFirst()
                }

            }
            while let first = heap.first {
                #expect(first == sorted.min())
                sorted.removeAll { $0 == first }
                heap.removeFirst()
            }
            #expect(sorted.isEmpty)
        }
    }
}
