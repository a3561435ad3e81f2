import Records
import Testing

@testable import Vectors

struct NearestNeighbourTests {
    /// By comparing everything, in the plainest way.
    static func plain(
        _ rows: UnitRows, _ k: Int, _ groups: [Int32]?
    ) -> [[Neighbour]] {
        (0..<rows.count).map { row in
            let others = (0..<rows.count).filter { other in
                other != row && groups.map { $0[other] != $0[row] } ?? true
            }
            let all = others.map { Neighbour(row: $0, cosine: rows.cosine(row, $0)) }
            return Array(
                all.sorted { ($1.cosine, $0.row) < ($0.cosine, $1.row) }.prefix(k))
        }
    }

    @Test func `neighbours are those of a full comparison, copies and groups included`() throws {
        for seed in 0..<6 as Range<UInt64> {
            let rows = try randomRows(seed, rows: 90, columns: 13, copies: 0.3)
            var draws = CounterRNG(seed: seed, purpose: "groups")
            let groups = (0..<90).map { _ in Int32(draws.below(40)) }
            for k in [1, 5, 200] {
                let search = try NearestNeighbours(k: k)
                #expect(search.search(rows) == Self.plain(rows, k, nil))
                #expect(search.search(rows, groups: groups) == Self.plain(rows, k, groups))
            }
        }
    }

    @Test func `block sizes, threads and the BLAS change nothing`() async throws {
        for seed in 0..<4 as Range<UInt64> {
            let rows = try randomRows(seed, rows: 70, columns: 24, copies: 0.4)
            let expected = try NearestNeighbours(k: 7).search(rows)
            for (queries, others) in [(1, 1), (3, 7), (64, 5), (200, 200)] {
                for usesBLAS in [false, BlockProducts.hasBLAS] {
                    let search = try NearestNeighbours(
                        k: 7, queryBlock: queries, rowBlock: others, usesBLAS: usesBLAS)
                    #expect(search.search(rows) == expected)
                }
            }
            for workers in [1, 2, 3, 500] {
                let search = try NearestNeighbours(k: 7)
                #expect(await search.searchAll(rows, workers: workers) == expected)
            }
            let part = try NearestNeighbours(k: 7).search(rows, queries: 10..<20)
            #expect(part == Array(expected[10..<20]))
        }
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `computing each product once finds the same neighbours`(seed: UInt64) async throws {
        var draws = CounterRNG(seed: seed, purpose: "all")
        let count = 1 + draws.below(300)
        let rows = try randomRows(seed, rows: count, columns: 24, copies: 0.3)
        let groups = (0..<count).map { _ in Int32(draws.below(60)) }
        for block in [1, 7, 64] {
            for usesBLAS in [false, BlockProducts.hasBLAS] {
                let search = try NearestNeighbours(
                    k: 6, queryBlock: block, rowBlock: 2 * block, usesBLAS: usesBLAS)
                for workers in [1, 2, 3, 8] {
                    #expect(
                        await search.searchAll(rows, workers: workers)
                            == Self.plain(rows, 6, nil))
                    #expect(
                        await search.searchAll(rows, groups: groups, workers: workers)
                            == Self.plain(rows, 6, groups))
                }
            }
        }
        let none = try UnitRows(Matrix([]))
        #expect(try await NearestNeighbours(k: 3).searchAll(none, workers: 2) == [])
        let empty = try UnitRows(Matrix(rows: 2, columns: 0, values: []))
        #expect(try await NearestNeighbours(k: 3).searchAll(empty, workers: 2).count == 2)
    }

    @Test(arguments: 1..<40)
    func `in rounds of parts every pair meets once, and no part twice a round`(parts: Int) {
        let schedule = PairSchedule(parts: parts)
        var met: Set<[Int]> = []
        for round in schedule.rounds {
            var busy: Set<Int> = []
            for (one, two) in round {
                #expect(met.insert([one, two]).inserted && one <= two)
                #expect(busy.insert(one).inserted && (one == two || busy.insert(two).inserted))
            }
        }
        #expect(met.count == schedule.parts * (schedule.parts + 1) / 2)
    }

    @Test func `cosines are exact on copies and 0 for rows of zeros`() throws {
        let rows = try UnitRows(
            Matrix([[0.1, 0.7, 1e-20], [0.1, 0.7, 1e-20], [0, 0, 0], [-3, 0, 0]]))
        #expect(rows.cosine(0, 1) == 1)
        #expect(rows.cosine(0, 2) == 0 && rows.cosine(2, 2) == 0)
        #expect(rows.cosine(3, 3) == 1)
        let tiny = try UnitRows(Matrix([[1e-30, 1e-30], [1e30, 1e30]]))
        #expect(abs(tiny.cosine(0, 1) - 1) < 1e-6)
    }

    @Test func `the tolerance covers the error of block products`() throws {
        for columns in [1, 8, 100, 384] {
            let rows = try randomRows(5, rows: 40, columns: columns)
            let scratch = BlockScratch(firsts: 40, seconds: 40, columns: columns)
            rows.withAddresses { units in
                units?.writeUnits(0..<40, to: scratch.first)
                units?.writeUnits(0..<40, to: scratch.second)
            }
            for usesBLAS in [false, BlockProducts.hasBLAS] {
                BlockProducts.fill(
                    scratch.first, 40, scratch.second, 40, columns: columns,
                    to: scratch.products, usesBLAS: usesBLAS)
                var worst = 0.0
                for one in 0..<40 {
                    for two in 0..<40 {
                        let error = Double(scratch.products[one * 40 + two]) - rows.cosine(one, two)
                        worst = max(worst, abs(error))
                    }
                }
                #expect(worst <= Double(rows.tolerance) / 2)
            }
        }
    }

    @Test func `nothing, one row and bad input`() throws {
        let search = try NearestNeighbours(k: 3)
        #expect(search.search(try UnitRows(Matrix([]))) == [])
        #expect(search.search(try UnitRows(Matrix([[1, 2]]))) == [[]])
        let empty = try UnitRows(Matrix(rows: 2, columns: 0, values: []))
        #expect(search.search(empty).count == 2)
        #expect(throws: Fault.self) { try NearestNeighbours(k: 0) }
        #expect(throws: Fault.self) { try UnitRows(Matrix([[.nan]])) }
        #expect(throws: Fault.self) { try UnitRows(Matrix([[.infinity]])) }
    }
}
