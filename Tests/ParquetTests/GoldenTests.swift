import Foundation
import Records
import Testing

@testable import Parquet

struct GoldenTests {
    @Test func `the files of four writers are here`() {
        #expect(Golden.names.count >= 13)
        for writer in ["pyarrow", "duckdb", "polars", "datasets"] {
            #expect(Golden.names.contains { $0.hasPrefix(writer) })
        }
    }

    @Test(arguments: Golden.names)
    func `every row is read as the writer's own library reads it`(name: String) throws {
        let expected = try Golden.expected(name)
        let reader = try ParquetReader(path: Golden.path(name))
        #expect(reader.rows == expected.count)
        let lines = try reader.lines()
        #expect(lines.count == expected.count)
        for (row, (line, wanted)) in zip(lines, expected).enumerated() {
            let object = try Golden.object(Data(try #require(line)))
            for (key, value) in wanted {
                let found = object[key] as? NSObject
                #expect(found == value as? NSObject, "\(name), row \(row), \(key)")
            }
            #expect(object.count == wanted.count)
        }
    }

    @Test func `columns that are not wanted are neither read nor missed`() throws {
        let name = "pyarrow-nested"
        let reader = try ParquetReader(path: Golden.path(name))
        reader.select { ["who", "text"].contains($0) }
        for (line, wanted) in zip(try reader.lines(), try Golden.expected(name)) {
            let object = try Golden.object(Data(try #require(line)))
            #expect(object.count == 2)
            #expect(object["who"] as? NSObject == wanted["who"] as? NSObject)
        }
    }

    @Test(arguments: ["LZ4", "Brotli"])
    func `a codec that is not read is named`(codec: String) throws {
        let reader = try ParquetReader(path: Golden.path("pyarrow-\(codec.lowercased())"))
        let fault = #expect(throws: Fault.self) { try reader.lines() }
        #expect(fault?.kind == .badData)
        #expect(fault?.description.contains(codec) == true)
        #expect(fault?.description.contains("column `id`") == true)
    }

    @Test func `what is no Parquet file is said to be none`() {
        for bytes in [[], Array("PAR1".utf8), [UInt8](repeating: 65, count: 100)] {
            let file = ScratchFile(bytes)
            let fault = #expect(throws: Fault.self) { try ParquetReader(path: file.path) }
            #expect(fault?.kind == .badData)
            #expect(fault?.place == .file(file.path))
        }
        let fault = #expect(throws: Fault.self) { try ParquetReader(path: "/nowhere/x.parquet") }
        #expect(fault?.kind == .configuration)
    }
}
