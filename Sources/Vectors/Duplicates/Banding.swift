internal import Glibc
public import Records

/// How a signature is cut into bands: two texts become a candidate pair when they agree in all rows
/// of at least one band (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4).
public struct Banding: Sendable, Equatable {
    public let bands: Int
    /// Slots in a band.
    public let rows: Int

    public var slots: Int { bands * rows }

    public init(bands: Int, rows: Int) {
        require(bands > 0 && rows > 0, "a banding has bands and rows")
        self.bands = bands
        self.rows = rows
    }

    /// What a band's key keeps of each slot: bits of it where 8 or more fit into 32, so that two
    /// sketches tell how many slots agree; nil where a band has more slots, whose key is a hash.
    var bitsOfSlot: Int? { rows <= 4 ? 32 / rows : nil }

    /// The key of a band's slots, spread over 32 bits.
    func key(_ band: Int, _ slots: Slice<UnsafeBufferPointer<UInt32>>) -> UInt32 {
        guard let bits = bitsOfSlot else {
            return UInt32(
                slots.reduce(UInt64(band)) { StableHash.mix($0, UInt64($1)) } >> 32)
        }
        var key: UInt64 = 0
        for slot in slots { key = key << bits | StableHash.mix(0, UInt64(slot)) >> (64 - bits) }
        return UInt32(key << (32 - bits * rows))
    }

    /// The number of equal slots that two sets of this similarity reach with a probability of
    /// `confidence`: the largest c with P(B < c) ≤ 1 - confidence, B binomial.
    func leastEqualSlots(at similarity: Double, confidence: Double) -> Int {
        guard similarity < 1 else { return slots }
        let odds = similarity / (1 - similarity)
        var term = 1.0
        var terms = [term]
        for equal in 0..<slots {
            term *= odds * Double(slots - equal) / Double(equal + 1)
            terms.append(term)
        }
        let allowed = (1 - confidence) * terms.reduce(0, +)
        var below = 0.0
        return terms.firstIndex { term in
            below += term
            return below > allowed
        } ?? slots
    }

    /// The probability that a pair of Jaccard similarity s is found: 1 - (1 - s^rows)^bands.
    public func probability(at similarity: Double) -> Double {
        1 - pow(1 - pow(similarity, Double(rows)), Double(bands))
    }

    /// The banding of at most `slots` slots with the fewest chance candidates that still finds
    /// pairs at the threshold itself with probability `recall`: as many rows a band as can be, then
    /// as few bands.
    ///
    /// datasketch's choice weighs both errors alike and finds a pair at the threshold in 31 to 55 %
    /// of cases; with every candidate verified, only recall is worth slots. Where even one row a
    /// band falls short, the answer is all slots as bands of one row.
    ///
    /// - Throws: `configuration` for a threshold, recall or number of slots out of range.
    public static func forRecall(
        _ recall: Double = 0.99, at threshold: Double, slots: Int = 128
    ) throws(Fault) -> Banding {
        guard threshold > 0, threshold <= 1, recall > 0, recall < 1, slots > 0 else {
            throw Fault(
                .configuration,
                "bands need a threshold above 0 and at most 1, a recall between "
                    + "0 and 1, and a slot", why: "threshold \(threshold), recall \(recall)")
        }
        for rows in stride(from: slots, through: 1, by: -1) {
            let most = slots / rows
            guard Banding(bands: most, rows: rows).probability(at: threshold) >= recall else {
                continue
            }
            let fewest = (1...most).first {
                Banding(bands: $0, rows: rows).probability(at: threshold) >= recall
            }
            return Banding(bands: fewest ?? most, rows: rows)
        }
        return Banding(bands: slots, rows: 1)
    }

    /// datasketch's choice, for comparison: the least weighted sum of the areas of false positives
    /// below and false negatives above the threshold (datasketch/lsh.py, `_optimal_param`).
    ///
    /// Integrals by the midpoint rule with step 0.001, as there.
    public static func leastError(
        at threshold: Double, slots: Int, falsePositives: Double = 0.5,
        falseNegatives: Double = 0.5
    ) -> Banding {
        require(slots > 0, "a banding needs a slot")
        var best = (error: Double.infinity, banding: Banding(bands: 1, rows: 1))
        for bands in 1...slots {
            for rows in 1...(slots / bands) {
                let banding = Banding(bands: bands, rows: rows)
                let below = integral(from: 0, to: threshold) { banding.probability(at: $0) }
                let above = integral(from: threshold, to: 1) { 1 - banding.probability(at: $0) }
                let error = falsePositives * below + falseNegatives * above
                if error < best.error { best = (error, banding) }
            }
        }
        return best.banding
    }

    private static func integral(
        from: Double, to: Double, _ curve: (Double) -> Double
    ) -> Double {
        let step = 0.001
        var area = 0.0
        var at = from
        while at < to {
            area += curve(at + 0.5 * step) * step
            at += step
        }
        return area
    }
}
