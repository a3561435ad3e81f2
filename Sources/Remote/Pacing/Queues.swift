/// A queue that gives its front away in constant time.
struct Fifo: Sendable {
    private var items: [Int] = []
    private var head = 0

    var first: Int? { head == items.count ? nil : items[head] }

    mutating func append(_ item: Int) { items.append(item) }

    mutating func removeFirst() {
        head += 1
        if head > 1024 && head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
    }
}

/// A binary heap: the least element first (Williams 1964, "Algorithm 232: Heapsort").
///
/// Equal elements come out in no particular order; those of the pacer are never equal.
struct Heap<Element: Comparable & Sendable>: Sendable {
    private var items: [Element] = []

    var first: Element? { items.first }

    mutating func insert(_ item: Element) {
        items.append(item)
        var place = items.count - 1
        while place > 0, items[place] < items[(place - 1) / 2] {
            items.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func removeFirst() {
        guard let last = items.popLast(), !items.isEmpty else { return }
        items[0] = last
        var place = 0
        while true {
            var least = place
            for child in (2 * place + 1)...(2 * place + 2)
            where child < items.count && items[child] < items[least] {
                least = child
            }
            if least == place { return }
            items.swapAt(place, least)
            place = least
        }
    }
}
