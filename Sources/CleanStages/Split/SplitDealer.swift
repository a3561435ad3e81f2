internal import Records
internal import Vectors

/// Deals rows of one freedom out to splits, in whole groups; rows that have a side keep it.
struct SplitDealer {
    let shares: [Double]
    /// The side of each row of the dataset that has one, -1 for the others; empty where none has.
    let fixed: [Int32]
    /// The group of each row of the dataset.
    let groups: [Int32]
    let settings: SplitSettings

    private func side(of row: Int32) -> Int32 { fixed.isEmpty ? -1 : fixed[Int(row)] }

    /// Splits in which labels, and pairs of labels, have their shares.
    ///
    /// - Parameter rows: Rows of the dataset.
    /// - Returns: The raw value of each row's side.
    func evenly(
        _ rows: [Int32], _ labels: LabelTable, _ seed: UInt64
    ) throws(Fault) -> [UInt8] {
        let used = shares.indices.filter { shares[$0] > 1e-12 }
        func sideOfUndealt(_ row: Int32) -> UInt8 {
            side(of: row) < 0 ? UInt8(used.first ?? 0) : UInt8(side(of: row))
        }
        // Rows in a split that gets no more rows say nothing about the others.
        func isDealt(_ row: Int32) -> Bool {
            side(of: row) < 0 || used.contains(Int(side(of: row)))
        }
        guard used.count > 1, rows.contains(where: { side(of: $0) < 0 }) else {
            return rows.map(sideOfUndealt)
        }
        let dealt = fixed.isEmpty ? rows : rows.filter(isDealt)
        let stratification = try Stratification(
            shares: used.map { shares[$0] }, seed: seed,
            order: settings.balance == .pairs ? .second : .first, attempts: settings.attempts)
        let isFree = !dealt.contains { side(of: $0) >= 0 }
        let folds = try stratification.assign(
            LabelRows(labels, rows: dealt),
            groups: dealt.count == groups.count ? groups : dealt.map { groups[Int($0)] },
            fixed: isFree
                ? nil
                : dealt.map { row in
                    Int32(used.firstIndex(of: Int(side(of: row))) ?? -1)
                })
        var next = folds.makeIterator()
        return rows.map { row in
            guard isDealt(row), let fold = next.next() else { return sideOfUndealt(row) }
            return UInt8(used[Int(fold)])
        }
    }

    /// The newest groups to test until it has its share, those before them to val, the rest to
    /// train.
    ///
    /// A group is as new as its newest row. Groups without a time go to train.
    func byTime(_ rows: [Int32], _ times: RowTimes) -> [UInt8] {
        struct Family {
            var time: Int64?
            var id: SplitKey
            var rows: [Int] = []
        }
        var result = rows.map { row in UInt8(max(side(of: row), 0)) }
        var placeOfGroup: [Int32: Int] = [:]
        var families: [Family] = []
        for (place, row) in rows.enumerated() where side(of: row) < 0 {
            let id = times.id(Int(row))
            let group = groups[Int(row)]
            let known = placeOfGroup[group] ?? families.count
            if known == families.count {
                placeOfGroup[group] = known
                families.append(Family(time: nil, id: id))
            }
            families[known].rows.append(place)
            if id < families[known].id { families[known].id = id }
            if let time = times[Int(row)] {
                families[known].time = max(time, families[known].time ?? time)
            }
        }
        families.removeAll { $0.time == nil }
        families.sort { one, other in
            one.time == other.time ? one.id < other.id : (one.time ?? 0) > (other.time ?? 0)
        }
        var next = families[...]
        for split in [SplitPlan.Side.test, .val] {
            let place = Int(split.rawValue)
            let present = rows.count { side(of: $0) == Int32(place) }
            var need = shares[place] * Double(rows.count) - Double(present)
            while let family = next.first, need > 0, Double(family.rows.count) <= 2 * need {
                for row in family.rows { result[row] = split.rawValue }
                need -= Double(family.rows.count)
                next = next.dropFirst()
            }
        }
        return result
    }
}
