import Records
import Testing

@testable import Vectors

@Suite struct SquareRootAllocationTests {
    @Test func `small groups get more than their share of rows`() throws {
        // Roots 100, 20, 10 of 130: 76.9, 15.4, 7.7 of a hundred.
        let given = try SquareRootAllocation.allocate([10_000, 400, 100], budget: 100)
        #expect(given == [77, 15, 8])
    }

    @Test func `a small group gives what it has and the rest is divided again`() throws {
        #expect(try SquareRootAllocation.allocate([100, 4, 100], budget: 60) == [28, 4, 28])
        #expect(try SquareRootAllocation.allocate([3, 0, 2], budget: 50) == [3, 0, 2])
        #expect(try SquareRootAllocation.allocate([], budget: 5) == [])
        #expect(try SquareRootAllocation.allocate([5, 5], budget: 1) == [1, 0])
        #expect(throws: Fault.self) { try SquareRootAllocation.allocate([1], budget: -1) }
        #expect(throws: Fault.self) { try SquareRootAllocation.allocate([-1], budget: 1) }
    }

    @Test func `always spends the budget or everything, and no group beyond its size`() throws {
        for seed in 0..<200 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "allocation")
            let counts = (0..<draws.below(8)).map { _ in
                draws.chance(0.3) ? draws.below(4) : draws.below(5_000)
            }
            let budget = draws.below(3_000)
            let given = try SquareRootAllocation.allocate(counts, budget: budget)
            #expect(given.reduce(0, +) == min(budget, counts.reduce(0, +)))
            #expect(zip(given, counts).allSatisfy { $0 >= 0 && $0 <= $1 })
        }
    }
}

@Suite struct ActiveSelectionTests {
    static let scores = [0.02, 0.48, 0.51, 0.97, 0.53, 0.5, 0.4, 0.61, 0.05, 0.55]

    @Test func `the uncertain are nearest a half, of equals the earlier`() throws {
        let selection = try ActiveSelection(scores: [Self.scores], rows: 10, seed: 1)
        #expect(selection.uncertain(category: 0) == [5, 2, 1, 4, 9, 6, 7, 8, 3, 0])
        #expect(selection.highest(category: 0).prefix(4) == [3, 7, 9, 4])
        #expect(selection.aboveThreshold(category: 0, threshold: 0.5).sorted() == [2, 3, 4, 7, 9])
    }

    @Test func `every way chooses its part of any first rows`() throws {
        for seed in 0..<20 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "selection")
            let scores = (0..<3).map { _ in (0..<400).map { _ in draws.unit() } }
            let eligible = (0..<400).filter { _ in draws.chance(0.7) }
            let selection = try ActiveSelection(
                scores: scores, rows: 400, eligible: eligible, seed: seed)
            let mixture = ActiveSelection.Mixture(
                random: 1, highest: 3, aboveThreshold: 3, uncertain: 3)
            let picks = try selection.select(mixture, thresholds: [0.5, 0.5, 0.5], count: 100)
            #expect(picks.count == 100)
            #expect(Set(picks.map(\.row)).count == 100)
            #expect(Set(picks.map(\.row)).isSubset(of: eligible))
            let first = picks.map { $0.reasons[0] }
            #expect(abs(first.count { $0 == .random } - 10) <= 1)
            for category in 0..<3 {
                #expect(abs(first.count { $0 == .highest(category: category) } - 10) <= 1)
                #expect(abs(first.count { $0 == .uncertain(category: category) } - 10) <= 1)
                let above = picks.filter { $0.reasons[0] == .aboveThreshold(category: category) }
                #expect(abs(above.count - 10) <= 1)
                #expect(above.allSatisfy { scores[category][$0.row] > 0.5 })
            }
            let few = try selection.select(mixture, thresholds: [0.5, 0.5, 0.5], count: 40)
            #expect(few.map(\.row) == picks.prefix(40).map(\.row))
        }
    }

    @Test func `the budget is filled where a way finds too few rows`() throws {
        let selection = try ActiveSelection(
            scores: [Self.scores], rows: 10, isScored: (0..<10).map { $0 != 0 }, seed: 1)
        let picks = try selection.select(
            .init(aboveThreshold: 1), thresholds: [0.6], count: 5)
        #expect(Set(picks.prefix(2).map(\.row)) == [3, 7])
        #expect(picks.suffix(3).map(\.row) == [9, 4, 2])
        #expect(picks.suffix(3).allSatisfy { $0.reasons == [.highest(category: 0)] })
        let all = try selection.select(.init(aboveThreshold: 1), thresholds: [0.6], count: 99)
        #expect(all.count == 10)
        #expect(all[9].row == 0 && all[9].reasons == [.random])
    }

    @Test func `groups are thinned to the budget, their first rows stay`() throws {
        for seed in 0..<20 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "selection")
            let scores = [(0..<80).map { _ in draws.unit() }]
            let selection = try ActiveSelection(scores: scores, rows: 80, seed: seed)
            let picks = try selection.select(.init(highest: 1), thresholds: [0.5], count: 30)
            let thinned = try ActiveSelection.reweighted(picks, budget: 6) { "\($0 % 3)" }
            #expect(thinned.count == 6)
            for group in 0..<3 {
                let rows = thinned.map(\.row).filter { $0 % 3 == group }
                #expect(rows == picks.map(\.row).filter { $0 % 3 == group }.prefix(rows.count) + [])
            }
        }
    }

    /// Quotas by the first reason of each pick.
    private static func quotas(_ picks: [ActiveSelection.Pick]) -> [ActiveSelection.Reason: Int] {
        picks.reduce(into: [:]) { $0[$1.reasons[0], default: 0] += 1 }
    }

    @Test func `quotas are filled exactly, whatever their proportions`() throws {
        for seed in 0..<200 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "quotas")
            let (rows, categories) = (100 + draws.below(300), 1 + draws.below(6))
            let scores = (0..<categories).map { _ in (0..<rows).map { _ in draws.unit() } }
            let selection = try ActiveSelection(scores: scores, rows: rows, seed: seed)
            let mixture = ActiveSelection.Mixture(
                random: Double(draws.below(4)), highest: 0.25 + draws.unit(),
                aboveThreshold: Double(draws.below(3)), uncertain: draws.unit())
            // Rows enough for every way, whatever the others take.
            let count = 1 + draws.below(rows / 4)
            let picks = try selection.select(
                mixture, thresholds: [Double](repeating: 0, count: categories), count: count)
            #expect(picks.count == count)
            #expect(Set(picks.map(\.row)).count == count)
            let found = Self.quotas(picks)
            let whole =
                mixture.random + mixture.highest + mixture.aboveThreshold + mixture.uncertain
            func isFilled(_ reason: ActiveSelection.Reason, _ share: Double) -> Bool {
                abs(Double(found[reason] ?? 0) - share / whole * Double(count)) < 1
            }
            #expect(isFilled(.random, mixture.random))
            let part = 1 / Double(categories)
            for category in 0..<categories {
                #expect(isFilled(.highest(category: category), mixture.highest * part))
                #expect(
                    isFilled(.aboveThreshold(category: category), mixture.aboveThreshold * part))
                #expect(isFilled(.uncertain(category: category), mixture.uncertain * part))
            }
        }
    }

    @Test func `what a way leaves is divided over the others in their proportions`() throws {
        let scores = [(0..<200).map { Double($0) / 200 }]
        let selection = try ActiveSelection(scores: scores, rows: 200, seed: 1)
        let picks = try selection.select(
            .init(random: 1, aboveThreshold: 2, uncertain: 3), thresholds: [0.975], count: 94)
        let found = Self.quotas(picks)
        // 4 rows lie above; of the other 90 a quarter is random and three quarters are uncertain.
        #expect(found[.aboveThreshold(category: 0)] == 4)
        #expect(abs((found[.random] ?? 0) - 23) <= 1)
        #expect(abs((found[.uncertain(category: 0)] ?? 0) - 67) <= 1)
        #expect(picks.count == 94)
    }

    @Test func `thinning by groups keeps the part of every way`() throws {
        for seed in 0..<100 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "thinning")
            let pool = 100 + draws.below(200)
            let scores = (0..<2).map { _ in (0..<pool).map { _ in draws.unit() } }
            let selection = try ActiveSelection(scores: scores, rows: pool, seed: seed)
            let mixture = ActiveSelection.Mixture(random: 1, highest: 2, uncertain: draws.unit())
            let budget = 1 + draws.below(60)
            let picks = try selection.select(mixture, thresholds: [1, 1], count: 2 * budget)
            let thinned = try ActiveSelection.reweighted(picks, budget: budget) { row in
                row % 10 == 0 ? "small" : "large"
            }
            #expect(thinned.count == min(budget, picks.count))
            #expect(Self.quotas(thinned) == Self.quotas(Array(picks.prefix(budget))))
            let rows = Set(thinned.map(\.row))
            #expect(thinned.map(\.row) == picks.map(\.row).filter { rows.contains($0) })
        }
    }

    @Test func `refuses scores that are not numbers`() {
        #expect(throws: Fault.self) {
            try ActiveSelection(scores: [[.nan]], rows: 1, seed: 1)
        }
        #expect(throws: Fault.self) { try ActiveSelection(scores: [[1]], rows: 2, seed: 1) }
        #expect(throws: Fault.self) {
            try ActiveSelection(scores: [[1]], rows: 1, eligible: [1], seed: 1)
        }
        #expect(throws: Fault.self) {
            try ActiveSelection(scores: [[1]], rows: 1, seed: 1)
                .select(.init(random: 1), thresholds: [], count: 1)
        }
    }

    @Test func `agrees with the golden shares and orders`() async throws {
        let cases = try Golden.read("active_selection.json")["cases"].items
        try await Golden.check(
            "active_selection.json", within: "orders exact, shares 1e-12", cases
        ) { item in
            let expected = item["expected"]
            if item["scores"].isNull {
                let counts = item["counts"].integers
                let shares = SquareRootAllocation.shares(counts)
                #expect(distance(shares, expected["group_share"].numbers) < 1e-12)
                let given = try SquareRootAllocation.allocate(
                    counts, budget: Int(item["budget"].number ?? 0))
                #expect(given == expected["largest_remainder_allocation"].integers)
            } else {
                let scores = item["scores"].numbers
                let selection = try ActiveSelection(
                    scores: [scores], rows: scores.count, seed: 1)
                #expect(
                    selection.uncertain(category: 0)
                        == expected["order_by_|p-0.5|_ties_by_index"].integers)
                #expect(
                    selection.aboveThreshold(category: 0, threshold: 0.5).sorted()
                        == expected["above_0.5_strict"].integers)
            }
        }
    }
}
