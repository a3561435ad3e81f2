internal import HeapModule
internal import Records

/// One attempt at giving every unit a fold: iterative stratification, then single moves.
struct FoldAssignment {
    private let units: SplitUnits
    private let ratios: [Double]
    /// The rows each fold should have.
    private let wantedSizes: [Double]
    /// How many of each label each fold has: `label * folds + fold`.
    private var labelCounts: [Int32]
    private var foldSizes: [Int]
    private var remaining: [Int]
    private(set) var foldOfUnit: [Int32]
    /// The fold of each unit that has one from the start, -1 for the others; empty for none.
    private let fixed: [Int32]

    private var folds: Int { ratios.count }

    /// Labels below this number weigh ``weight`` in moves, others 1.
    private let singles: Int
    private let weight: Double

    /// - Parameters:
    ///   - fixed: The fold of each unit that has one already, -1 for the others; empty where none
    ///     has.
    ///   - singles: How many of the labels are labels, the others being pairs of them.
    ///   - weight: How much more the squared deviation of a label counts than that of a pair.
    init(
        units: SplitUnits, ratios: [Double], fixed: [Int32] = [], singles: Int = 0,
        weight: Double = 1
    ) {
        self.fixed = fixed
        self.singles = singles
        self.weight = weight
        self.units = units
        self.ratios = ratios
        let rows = Double(units.unitOfRow.count)
        wantedSizes = ratios.map { $0 * rows }
        labelCounts = [Int32](repeating: 0, count: units.totals.count * ratios.count)
        foldSizes = [Int](repeating: 0, count: ratios.count)
        remaining = units.totals
        foldOfUnit = [Int32](repeating: -1, count: units.count)
        for (unit, fold) in fixed.enumerated() where fold >= 0 {
            assign(unit, to: Int(fold))
            for entry in units.entries(of: unit) {
                remaining[Int(units.labels[entry])] -= Int(units.counts[entry])
            }
        }
    }

    private func isFixed(_ unit: Int) -> Bool { !fixed.isEmpty && fixed[unit] >= 0 }

    /// The rarest remaining label first, its units largest first, each to the fold that wants the
    /// label most; then the units without labels, largest first, to the fold with most room.
    ///
    /// `ties` orders units that are equal in count and size; nil leaves them by index. Folds that
    /// are equal in both wishes: the smaller index.
    mutating func stratify(ties: UInt64?) {
        var queue = Heap<UInt64>()
        for label in remaining.indices where remaining[label] > 0 {
            queue.insert(UInt64(remaining[label]) << 32 | UInt64(label))
        }
        var isStale = [Bool](repeating: false, count: remaining.count)
        while let top = queue.popMin() {
            let label = Int(top & 0xFFFF_FFFF)
            // Counts only fall, and a label is pushed again whenever its count fell.
            guard remaining[label] > 0, remaining[label] == Int(top >> 32) else { continue }
            var touched: [Int] = []
            for unit in queueOfUnits(with: label, ties: ties).lazy.map(\.index) {
                assign(unit, to: fold(wanting: label))
                for entry in units.entries(of: unit) {
                    let other = Int(units.labels[entry])
                    remaining[other] -= Int(units.counts[entry])
                    if !isStale[other] {
                        isStale[other] = true
                        touched.append(other)
                    }
                }
            }
            for other in touched {
                isStale[other] = false
                if remaining[other] > 0 {
                    queue.insert(UInt64(remaining[other]) << 32 | UInt64(other))
                }
            }
        }
        var open: [SortKey] = []
        open.reserveCapacity(foldOfUnit.count { $0 < 0 })
        for unit in foldOfUnit.indices where foldOfUnit[unit] < 0 {
            open.append(key(of: unit, count: 0, ties: ties))
        }
        open.sort()
        for unit in open.lazy.map(\.index) { assign(unit, to: roomiestFold()) }
    }

    /// Moves single units while that lowers the sum of squared deviations of all label counts and
    /// sizes from their wishes, at most `passes` times through all units in order.
    ///
    /// A descent: it ends, and never worsens that sum. O(passes · folds · labels of all units).
    ///
    /// Returns whether a unit moved.
    mutating func improve(passes: Int) -> Bool {
        var everMoved = false
        for _ in 0..<passes {
            var hasMoved = false
            for unit in 0..<units.count where !isFixed(unit) {
                let from = Int(foldOfUnit[unit])
                let release = change(unit, in: from, sign: -1)
                var best = (gain: -1e-9, fold: from)
                for fold in 0..<folds where fold != from {
                    let gain = release + change(unit, in: fold, sign: 1)
                    if gain < best.gain { best = (gain, fold) }
                }
                if best.fold != from {
                    withdraw(unit, from: from)
                    assign(unit, to: best.fold)
                    hasMoved = true
                }
            }
            if !hasMoved { break }
            everMoved = true
        }
        return everMoved
    }

    /// How the sum of squares changes when `unit` joins (1) or leaves (-1) `fold`.
    private func change(_ unit: Int, in fold: Int, sign: Double) -> Double {
        let size = Double(units.sizes[unit])
        var sum = sign * 2 * size * (Double(foldSizes[fold]) - wantedSizes[fold]) + size * size
        for entry in units.entries(of: unit) {
            let label = Int(units.labels[entry])
            let count = Double(units.counts[entry])
            let change = -sign * 2 * count * wish(label, fold) + count * count
            sum += label < singles ? weight * change : change
        }
        return sum
    }

    /// How many more of `label` the fold should have; one rounding, so equal folds tie exactly.
    private func wish(_ label: Int, _ fold: Int) -> Double {
        ratios[fold] * Double(units.totals[label]) - Double(labelCounts[label * folds + fold])
    }

    private func room(_ fold: Int) -> Double { wantedSizes[fold] - Double(foldSizes[fold]) }

    private func fold(wanting label: Int) -> Int {
        var best = 0
        var most = (wish(label, 0), room(0))
        for fold in 1..<folds {
            let other = (wish(label, fold), room(fold))
            if other > most { (best, most) = (fold, other) }
        }
        return best
    }

    private func roomiestFold() -> Int {
        var best = 0
        for fold in 1..<folds where room(fold) > room(best) { best = fold }
        return best
    }

    private mutating func assign(_ unit: Int, to fold: Int) {
        foldOfUnit[unit] = Int32(fold)
        foldSizes[fold] += Int(units.sizes[unit])
        for entry in units.entries(of: unit) {
            labelCounts[Int(units.labels[entry]) * folds + fold] += units.counts[entry]
        }
    }

    private mutating func withdraw(_ unit: Int, from fold: Int) {
        foldSizes[fold] -= Int(units.sizes[unit])
        for entry in units.entries(of: unit) {
            labelCounts[Int(units.labels[entry]) * folds + fold] -= units.counts[entry]
        }
    }

    /// The units with a label that have no fold yet, in the order in which they get one.
    private func queueOfUnits(with label: Int, ties: UInt64?) -> [SortKey] {
        var open: [SortKey] = []
        open.reserveCapacity(units.labelOffsets[label + 1] - units.labelOffsets[label])
        for entry in units.labelOffsets[label]..<units.labelOffsets[label + 1] {
            let unit = Int(units.unitsByLabel[entry])
            if foldOfUnit[unit] >= 0 { continue }
            open.append(key(of: unit, count: units.countsByLabel[entry], ties: ties))
        }
        open.sort()
        return open
    }

    private func key(of unit: Int, count: Int32, ties: UInt64?) -> SortKey {
        SortKey(
            inverse: ~(UInt64(count) << 32 | UInt64(units.sizes[unit])),
            tie: ties.map { StableHash.mix($0, UInt64(unit)) } ?? 0, index: unit)
    }
}

/// The place of a unit in its queue: by falling count, falling size, then draw or index.
private struct SortKey: Comparable {
    let inverse: UInt64
    let tie: UInt64
    let index: Int

    static func < (one: SortKey, other: SortKey) -> Bool {
        (one.inverse, one.tie, one.index) < (other.inverse, other.tie, other.index)
    }
}
