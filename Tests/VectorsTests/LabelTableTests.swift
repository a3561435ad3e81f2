import Records
import Testing

@testable import Vectors

@Suite struct LabelTableTests {
    @Test func `refuses other labels and columns of another length`() throws {
        #expect(try LabelTable(rows: 2, columns: [[0, 1], [-1, 1]]).categories == 2)
        #expect(throws: Fault.self) { try LabelTable(rows: 1, columns: [[2]]) }
        #expect(throws: Fault.self) { try LabelTable(rows: 1, columns: [[-2]]) }
        #expect(throws: Fault.self) { try LabelTable(rows: 2, columns: [[0]]) }
    }
}
