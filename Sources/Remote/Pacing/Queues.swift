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
