/// The cheapest way from the words of one text to those of another.
///
/// Equal words at both ends are taken as they are. Between them dynamic programming finds the
/// cheapest steps; larger stretches are first parted at words that both have exactly once, in the
/// longest order that they share (patience diff).
struct EditAlignment {
    enum Step: Equatable {
        /// So many words of either are the same, written alike or not.
        case match(Int, Int)
        /// Words of one side without a partner.
        case first(Int)
        case second(Int)
    }

    /// The most cells of a table; a stretch with more is taken as different.
    private static let mostCells = 65_536
    /// The most words that one word may be written as.
    private static let mostJoined = 24

    private enum Cost {
        static let alike: Int32 = 2
        static let joined: Int32 = 1
        static let swapped: Int32 = 3
        static let skipped: Int32 = 4
        static let skippedSign: Int32 = 1
    }

    let one: TextSkeleton
    let other: TextSkeleton
    let likeness: WordLikeness

    /// The steps in order, each covering the words that follow those before; nil for texts whose
    /// differences are too large to compare.
    func steps() -> [Step]? {
        steps(0..<one.words.count, 0..<other.words.count)
    }

    private func areEqual(_ i: Int, _ j: Int) -> Bool {
        one.words[i].hash == other.words[j].hash
    }

    private func steps(_ rows: Range<Int>, _ columns: Range<Int>) -> [Step]? {
        var (rows, columns) = (rows, columns)
        var (head, tail) = (0, 0)
        while let i = rows.first, let j = columns.first, areEqual(i, j) {
            rows.removeFirst()
            columns.removeFirst()
            head += 1
        }
        while let i = rows.last, let j = columns.last, areEqual(i, j) {
            rows.removeLast()
            columns.removeLast()
            tail += 1
        }
        var found = [Step](repeating: .match(1, 1), count: head)
        if rows.isEmpty {
            found += columns.map { .second($0) }
        } else if columns.isEmpty {
            found += rows.map { .first($0) }
        } else if let cut = (rows.count + 1) * (columns.count + 1) > 4_096
            ? anchors(rows, columns) : nil, !cut.isEmpty
        {
            var (i, j) = (rows.lowerBound, columns.lowerBound)
            for anchor in cut + [(rows.upperBound, columns.upperBound)] {
                guard let part = steps(i..<anchor.0, j..<anchor.1) else { return nil }
                found += part
                if anchor.0 < rows.upperBound { found.append(.match(1, 1)) }
                (i, j) = (anchor.0 + 1, anchor.1 + 1)
            }
        } else {
            guard let part = cheapest(rows, columns) else { return nil }
            found += part
        }
        return found + [Step](repeating: .match(1, 1), count: tail)
    }

    /// Words that both stretches have exactly once, in the longest order that they share.
    private func anchors(_ rows: Range<Int>, _ columns: Range<Int>) -> [(Int, Int)] {
        func single(_ words: [TextSkeleton.Word], _ range: Range<Int>) -> [(UInt64, Int)] {
            let sorted = range.map { (words[$0].hash, $0) }.sorted { $0 < $1 }
            return sorted.indices.filter { at in
                (at == 0 || sorted[at - 1].0 != sorted[at].0)
                    && (at + 1 == sorted.count || sorted[at + 1].0 != sorted[at].0)
            }.map { sorted[$0] }
        }
        let (mine, others) = (single(one.words, rows), single(other.words, columns))
        var pairs: [(Int, Int)] = []
        var at = 0
        for (hash, row) in mine {
            while at < others.count, others[at].0 < hash { at += 1 }
            if at < others.count, others[at].0 == hash { pairs.append((row, others[at].1)) }
        }
        pairs.sort { $0 < $1 }
        // The longest rising run of columns: piles of their smallest ends, and what lay before.
        var piles: [Int] = []
        var before = [Int](repeating: -1, count: pairs.count)
        for (number, pair) in pairs.enumerated() {
            var (low, high) = (0, piles.count)
            while low < high {
                let middle = (low + high) / 2
                if pairs[piles[middle]].1 < pair.1 { low = middle + 1 } else { high = middle }
            }
            before[number] = low > 0 ? piles[low - 1] : -1
            if low == piles.count { piles.append(number) } else { piles[low] = number }
        }
        var found: [(Int, Int)] = []
        var next = piles.last ?? -1
        while next >= 0 {
            found.append(pairs[next])
            next = before[next]
        }
        return found.reversed()
    }

    private func cheapest(_ rows: Range<Int>, _ columns: Range<Int>) -> [Step]? {
        let (n, m) = (rows.count, columns.count)
        guard (n + 1) * (m + 1) <= Self.mostCells else { return nil }
        let width = m + 1
        var costs = [Int32](repeating: .max / 2, count: (n + 1) * width)
        var last = [Step](repeating: .match(0, 0), count: (n + 1) * width)
        costs[0] = 0
        for i in 0...n {
            for j in 0...m {
                let cost = costs[i * width + j]
                if cost >= .max / 2 { continue }
                func offer(_ down: Int, _ right: Int, _ extra: Int32, _ step: Step) {
                    let at = (i + down) * width + j + right
                    if cost + extra < costs[at] {
                        costs[at] = cost + extra
                        last[at] = step
                    }
                }
                let (row, column) = (rows.lowerBound + i, columns.lowerBound + j)
                if i < n, j < m {
                    forEachMatch(row..<rows.upperBound, column..<columns.upperBound) {
                        offer($0, $1, $2, .match($0, $1))
                    }
                }
                if i < n { offer(1, 0, skip(one.words[row]), .first(row)) }
                if j < m { offer(0, 1, skip(other.words[column]), .second(column)) }
            }
        }
        var found: [Step] = []
        var (i, j) = (n, m)
        while i > 0 || j > 0 {
            let step = last[i * width + j]
            found.append(step)
            switch step {
            case .match(let down, let right): (i, j) = (i - down, j - right)
            case .first: i -= 1
            case .second: j -= 1
            }
        }
        return found.reversed()
    }

    private func skip(_ word: TextSkeleton.Word) -> Int32 {
        word.kind == .symbol || word.kind == .address ? Cost.skippedSign : Cost.skipped
    }

    /// Offers every way in which words at the start of both stretches are the same.
    private func forEachMatch(
        _ rows: Range<Int>, _ columns: Range<Int>, _ offer: (Int, Int, Int32) -> Void
    ) {
        let (i, j) = (rows.lowerBound, columns.lowerBound)
        if areEqual(i, j) { return offer(1, 1, 0) }
        if isCutOff(i, j) { offer(1, 1, Cost.alike) }
        let (mine, theirs) = (one.words[i], other.words[j])
        if mine.kind == .address, theirs.kind == .address { offer(1, 1, 0) }
        if mine.kind == .symbol || theirs.kind == .symbol { return }
        let isNumber = mine.kind == .number || theirs.kind == .number
        if isNumber ? isReadAlike(mine, theirs) : areAlike(mine, theirs) {
            offer(1, 1, Cost.alike)
        }
        for count in joined(i, rows.upperBound, of: one, as: other.scalars(of: theirs)) {
            offer(count, 1, Cost.joined)
        }
        for count in joined(j, columns.upperBound, of: other, as: one.scalars(of: mine)) {
            offer(1, count, Cost.joined)
        }
        if rows.count > 1, columns.count > 1, areEqual(i, j + 1), areEqual(i + 1, j),
            !isNegator(mine), !isNegator(theirs)
        {
            offer(2, 2, Cost.swapped)
        }
    }

    private func isNegator(_ word: TextSkeleton.Word) -> Bool {
        WordLists.negators.contains(word.hash)
    }

    /// Digits alone are that number, but may stand for a word of letters: `17` for `it`.
    private func isReadAlike(_ mine: TextSkeleton.Word, _ theirs: TextSkeleton.Word) -> Bool {
        let (first, second) = (one.scalars(of: mine), other.scalars(of: theirs))
        return mine.kind != theirs.kind
            && (WordLikeness.areSpelledAlike(first, second)
                || WordLists.shortForms.contains(Array(first) + [0] + Array(second)))
    }

    private func areAlike(_ mine: TextSkeleton.Word, _ theirs: TextSkeleton.Word) -> Bool {
        let (first, second) = (one.scalars(of: mine), other.scalars(of: theirs))
        if WordLikeness.areSpelledAlike(first, second) { return true }
        if isNegator(mine) != isNegator(theirs) {
            // `nothng` is no other word; `font` and `dont` are two.
            let word = isNegator(mine) ? second : first
            guard word.count > 4, !likeness.isKnown(word) else { return false }
        }
        return likeness.areAlike(first, second)
    }

    /// Whether one text ends within the word that the other goes on with.
    private func isCutOff(_ i: Int, _ j: Int) -> Bool {
        let (mine, theirs) = (one.scalars(of: one.words[i]), other.scalars(of: other.words[j]))
        return one.words[i].kind == .word && other.words[j].kind == .word
            && ((i == one.words.count - 1 && theirs.starts(with: mine))
                || (j == other.words.count - 1 && mine.starts(with: theirs)))
    }

    /// How many words from `start` on, two or more, are `word` with spaces or signs in between.
    private func joined(
        _ start: Int, _ end: Int, of text: TextSkeleton, as word: ArraySlice<UInt32>
    ) -> [Int] {
        guard word.count > 1, let first = word.first,
            Lookalikes.areAlike(first, text.scalars[text.words[start].range.lowerBound])
                || word.contains(Lookalikes.mask) || word.count > 3
        else { return [] }
        var found: [Int] = []
        var to = start + 1
        let from = text.words[start].range.lowerBound
        while to < end, to - start < Self.mostJoined, text.words[to].kind != .symbol {
            let letters = text.scalars[from..<text.words[to].range.upperBound]
            to += 1
            if letters.count > word.count + 2 { break }
            if letters.count + 2 < word.count, !word.contains(Lookalikes.mask) { continue }
            if isJoin(letters, word), !isOtherSense(text, start..<to, word) {
                found.append(to - start)
            }
        }
        return found
    }

    private func isJoin(_ letters: ArraySlice<UInt32>, _ word: ArraySlice<UInt32>) -> Bool {
        WordLikeness.areSpelledAlike(letters, word)
            || WordLists.shortForms.contains(Array(word) + [0] + Array(letters))
            || (word.count > 3 && WordLikeness.distance(letters, word, most: 1) <= 1)
    }

    /// Whether words negate that are one word without a negation: `not able`, `notable`.
    private func isOtherSense(
        _ text: TextSkeleton, _ parts: Range<Int>, _ word: ArraySlice<UInt32>
    ) -> Bool {
        parts.contains { isNegator(text.words[$0]) } && !WordLists.isNegator(word)
            && likeness.isKnown(word)
            && parts.allSatisfy { likeness.isKnown(text.scalars(of: text.words[$0])) }
    }
}
