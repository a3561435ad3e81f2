import Records
import Testing

struct TextFileTests {
    private let scratch = Scratch()

    @Test func `a text is read without its byte order mark`() throws {
        let text = "naïve\r\n\u{2028}\0end"
        #expect(try TextFile.read(scratch.file("a", text)) == text)
        #expect(try TextFile.read(scratch.file("b", [0xEF, 0xBB, 0xBF] + Array("x".utf8))) == "x")
        #expect(try TextFile.read(scratch.file("c", "")) == "")
    }

    @Test func `what is no text is refused with its place`() throws {
        for bytes: [UInt8] in [[0xFF], [0x61, 0xC3], [0xED, 0xA0, 0x80]] {
            let path = scratch.file("bad", bytes)
            let fault = #expect(throws: Fault.self) { try TextFile.read(path) }
            #expect(fault?.kind == .configuration && fault?.place == .file(path))
        }
        let missing = #expect(throws: Fault.self) { try TextFile.read(scratch.folder + "/none") }
        #expect(missing?.what == "there is no such file or folder")
        let folder = #expect(throws: Fault.self) { try TextFile.read(scratch.folder) }
        #expect(folder?.why == "Is a directory")
    }

    @Test func `names come sorted, by suffix, without hidden ones`() throws {
        for name in ["b.tsv", "a.tsv", ".c.tsv", "d.txt"] { _ = scratch.file(name, "") }
        #expect(try TextFile.names(in: scratch.folder, suffix: ".tsv") == ["a.tsv", "b.tsv"])
        #expect(throws: Fault.self) {
            try TextFile.names(in: scratch.folder + "/none", suffix: "")
        }
    }
}
