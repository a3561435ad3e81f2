import Records
import Testing

@Suite struct MatrixTests {
    @Test func `refuses values that do not fill the rows`() {
        #expect(throws: Fault.self) { try Matrix(rows: 2, columns: 2, values: [1, 2, 3]) }
        #expect(throws: Fault.self) { try Matrix(rows: -1, columns: -1, values: [1]) }
        #expect(throws: Fault.self) { try Matrix([[1, 2], [3]]) }
    }

    @Test func `knows whether every number is finite`() throws {
        #expect(try Matrix([[1, -0.0], [3e38, .leastNonzeroMagnitude]]).isFinite)
        #expect(try Matrix([]).isFinite)
        #expect(try !Matrix([[1, .nan]]).isFinite)
        #expect(try !Matrix([[1, 2], [-.infinity, 0]]).isFinite)
    }
    @Test func `copies rows in the order asked for, also none and one twice`() throws {
        let matrix = try Matrix([[1, 2], [3, 4], [5, 6]])
        let copy = try matrix.rows([2, 0, 2] as [Int32])
        let rows = (0..<copy.rows).map { copy.withRow($0) { Array($0) } }
        #expect(rows == [[5, 6], [1, 2], [5, 6]])
        let none = try matrix.rows([] as [Int])
        #expect(none.rows == 0 && none.columns == 2)
    }
}
