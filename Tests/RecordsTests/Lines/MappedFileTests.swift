import Glibc
import Testing

@testable import Records

struct MappedFileTests {
    @Test(arguments: [0, 1, 4096, 70_001])
    func `a mapped file shows the file's bytes`(count: Int) throws {
        let scratch = Scratch()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let file = try MappedFile(path: scratch.file("bytes", bytes))
        #expect(file.count == count)
        #expect(file.withBytes { Array($0) } == bytes)
        #expect(withExtendedLifetime(file) { file.bytes.elementsEqual(bytes) })
    }

    @Test func `the bytes stay when the file's name is gone`() throws {
        let scratch = Scratch()
        let path = scratch.file("gone", "kept")
        let file = try MappedFile(path: path)
        unlink(path)
        #expect(file.withBytes { Array($0) } == Array("kept".utf8))
    }

    @Test func `a file that cannot be mapped is a fault of the kind that the caller names`() {
        let scratch = Scratch()
        for path in ["\(scratch.folder)/missing", scratch.folder] {
            for kind in [Fault.Kind.badData, .configuration] {
                let fault = #expect(throws: Fault.self) {
                    try MappedFile(path: path, fault: kind, hint: "look there")
                }
                #expect(fault?.kind == kind)
                #expect(fault?.place == .file(path))
                #expect(fault?.hint == "look there")
            }
        }
    }
}
