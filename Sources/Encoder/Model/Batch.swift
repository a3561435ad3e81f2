/// Texts that pass the layers together, laid end to end without padding between them.
struct Batch: Equatable {
    /// Which texts, by their places in the caller's list.
    var texts: [Int]
    /// Their tokens together.
    var tokens: Int

    /// The number of tokens a batch is filled up to: what one more would gain is lost where the
    /// last batches are shared out among threads.
    static let capacity = 512

    /// Fills batches with the longest texts first, each up with the shortest.
    ///
    /// They are full then, and little of a product's last block is padding.
    static func plan(lengths: [Int], capacity: Int = Self.capacity) -> [Batch] {
        // Length and place in one number: sorted by length, then by place.
        let order = lengths.indices.map { lengths[$0] << 32 | $0 }.sorted(by: >)
        var batches: [Batch] = []
        var (longest, shortest) = (0, order.count - 1)
        while longest <= shortest {
            var batch = Batch(texts: [order[longest] & 0xFFFF_FFFF], tokens: order[longest] >> 32)
            longest += 1
            while longest <= shortest, batch.tokens + order[longest] >> 32 <= capacity {
                batch.texts.append(order[longest] & 0xFFFF_FFFF)
                batch.tokens += order[longest] >> 32
                longest += 1
            }
            while longest <= shortest, batch.tokens + order[shortest] >> 32 <= capacity {
                batch.texts.append(order[shortest] & 0xFFFF_FFFF)
                batch.tokens += order[shortest] >> 32
                shortest -= 1
            }
            batches.append(batch)
        }
        return batches
    }
}
