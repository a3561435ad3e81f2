import Records
import Testing

@testable import Vectors

struct NeighbourIndexTests {
    @Test func `with all cells looked into, neighbours are those of exact search`() async throws {
        for seed in 0..<5 as Range<UInt64> {
            let rows = try randomRows(seed, rows: 150, columns: 12, copies: 0.3)
            var draws = CounterRNG(seed: seed, purpose: "groups")
            let groups = (0..<150).map { _ in Int32(draws.below(60)) }
            let index = try await NeighbourIndex(rows, cells: 9, seed: seed)
            #expect(index.cells == 9)
            for k in [1, 6, 300] {
                let exact = try NearestNeighbours(k: k)
                #expect(await index.nearest(k: k, probes: 99) == exact.search(rows))
                #expect(
                    await index.nearest(k: k, probes: 9, groups: groups)
                        == exact.search(rows, groups: groups))
            }
        }
    }

    @Test func `threads and the division of queries change nothing`() async throws {
        let rows = try randomRows(3, rows: 200, columns: 20, centres: 12, copies: 0.2)
        let one = try await NeighbourIndex(rows, cells: 14, seed: 5, threads: 1)
        let found = await one.nearest(k: 4, probes: 3, threads: 1)
        for threads in [2, 3, 50] {
            let other = try await NeighbourIndex(rows, cells: 14, seed: 5, threads: threads)
            #expect(other.members == one.members)
            #expect(await other.nearest(k: 4, probes: 3, threads: threads) == found)
            #expect(
                await other.pairs(atLeast: 0.8, probes: 2, threads: threads)
                    == one.pairs(atLeast: 0.8, probes: 2))
        }
        #expect(
            await one.nearest(k: 4, probes: 3, queries: 40..<77) == Array(found[40..<77]))
    }

    @Test func `rows that are none of the index's find theirs, also made again and with copies`()
        async throws
    {
        let all = try randomRows(4, rows: 200, columns: 20, centres: 12, copies: 0.2)
        let groups = (0..<Int32(200)).map { $0 % 70 }
        let own = (0..<Int32(150)).map { $0 }
        func part(_ rows: Range<Int>) throws -> UnitRows {
            try UnitRows(Matrix(rows.map { row in all.matrix.withRow(row) { Array($0) } }))
        }
        let (rows, queries) = (try part(0..<150), try part(150..<200))
        let index = try await NeighbourIndex(rows, cells: 9, seed: 2)
        func found(_ index: NeighbourIndex, probes: Int) -> [[Neighbour]] {
            index.nearest(
                k: 5, probes: probes, to: queries, queryGroups: Array(groups[150...]),
                groups: Array(groups[..<150]))
        }
        let exact = try NearestNeighbours(k: 5).search(
            all, queries: 150..<200, groups: groups, among: own)
        #expect(found(index, probes: 99) == exact)
        let again = try NeighbourIndex(
            rows, centres: index.centreVectors, members: index.members)
        for other in [again, again.withCopies()] {
            #expect(found(other, probes: 3) == found(index, probes: 3))
        }
        #expect(throws: Fault.self) {
            try NeighbourIndex(rows, centres: index.centreVectors, members: [])
        }
    }

    @Test func `every row lies in the cell whose centre is nearest`() async throws {
        let rows = try randomRows(8, rows: 300, columns: 10, centres: 6, copies: 0)
        let index = try await NeighbourIndex(rows, cells: 11)
        #expect(index.members.joined().sorted() == (0..<300).map { $0 })
        for (cell, members) in index.members.enumerated() {
            #expect(members == members.sorted())
            for row in members {
                let cosines = (0..<index.cells).map { centre in
                    FixedOrder.dot(rows.unit(Int(row)), index.centres.unit(centre))
                }
                #expect((cosines.max() ?? 2) - cosines[cell] < 1e-12)
            }
        }
    }

    @Test func `few cells find most neighbours, and more cells more`() async throws {
        let rows = try randomRows(
            2, rows: 1_500, columns: 16, centres: 40, spread: 0.5, copies: 0)
        let exact = try NearestNeighbours(k: 10).search(rows)
        let index = try await NeighbourIndex(rows, cells: 40)
        var recalls: [Double] = []
        for probes in [1, 4, 12, 40] {
            let found = await index.nearest(k: 10, probes: probes)
            var hits = 0
            for (one, other) in zip(found, exact) {
                hits += one.filter(other.contains).count
            }
            recalls.append(Double(hits) / 15_000)
        }
        #expect(recalls == recalls.sorted())
        #expect(recalls[0] > 0.5 && recalls[1] > 0.9 && recalls[3] == 1)
    }

    @Test func `pairs in all cells are all pairs, and copies meet in the first`() async throws {
        for seed in 0..<4 as Range<UInt64> {
            let rows = try randomRows(seed, rows: 120, columns: 8, centres: 7, copies: 0.3)
            let index = try await NeighbourIndex(rows, cells: 10, seed: seed)
            let all = try SemanticDuplicates(threshold: 0.9).pairs(rows)
            #expect(await index.pairs(atLeast: 0.9, probes: 10) == all)
            let nearest = await index.pairs(atLeast: 0.9, probes: 1)
            #expect(nearest.allSatisfy { all.contains($0) })
            let copies = all.filter { pair in
                rows.matrix.withRow(pair.first) { Array($0) }
                    == rows.matrix.withRow(pair.second) { Array($0) }
            }
            #expect(!copies.isEmpty && copies.allSatisfy { nearest.contains($0) })
        }
    }

    @Test func `nothing, one row, zeros, equal rows and more cells than rows`() async throws {
        let none = try await NeighbourIndex(UnitRows(Matrix([])))
        #expect(await none.nearest(k: 3, probes: 1) == [])
        let one = try await NeighbourIndex(UnitRows(Matrix([[1, 2]])), cells: 5)
        #expect(await one.nearest(k: 3, probes: 1) == [[]])
        let zeros = try await NeighbourIndex(
            UnitRows(Matrix(rows: 9, columns: 3, values: [Float](repeating: 0, count: 27))))
        #expect(await zeros.nearest(k: 2, probes: 9).map(\.count) == Array(repeating: 2, count: 9))
        #expect(await zeros.pairs(atLeast: 0.5, probes: 9) == [])
        let equal = try UnitRows(Matrix(Array(repeating: [0.3, 0.1, 7], count: 400)))
        let index = try await NeighbourIndex(equal, cells: 6)
        let found = await index.nearest(k: 2, probes: 6)
        #expect(found[0].map(\.row) == [1, 2] && found[399].map(\.row) == [0, 1])
        let empty = try await NeighbourIndex(
            UnitRows(Matrix(rows: 2, columns: 0, values: [])))
        #expect(await empty.nearest(k: 1, probes: 1).count == 2)
        let rows = try UnitRows(Matrix([[1]]))
        await #expect(throws: Fault.self) { try await NeighbourIndex(rows, cells: 0) }
    }
}
