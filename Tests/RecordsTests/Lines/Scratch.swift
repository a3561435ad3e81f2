import CCompress
import Glibc

@testable import Records

/// A folder of its own for one test, removed afterwards.
final class Scratch {
    let folder: String

    init() {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var template = Array("\(parent)/curate-lines-XXXXXX".utf8CString)
        folder = mkdtemp(&template).map { String(cString: $0) } ?? parent
    }

    deinit {
        for name in names { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    /// What lies in the folder, sorted.
    var names: [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Writes a file in one go and gives its path.
    func file(_ name: String, _ bytes: [UInt8]) -> String {
        let path = "\(folder)/\(name)"
        let number = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
            if count <= 0 { break }
            done += count
        }
        close(number)
        return path
    }

    func file(_ name: String, _ text: String) -> String { file(name, Array(text.utf8)) }

    static func packed(_ bytes: [UInt8], _ format: ccompress_format) -> [UInt8] {
        var room = [UInt8](
            repeating: 0, count: ccompress_bound(Int32(format.rawValue), bytes.count))
        let count = ccompress_encode(
            Int32(format.rawValue), 3, bytes, bytes.count, &room, room.count)
        return Array(room[..<count])
    }
}

/// All lines of a file as (number, text), an over-long one as its length in brackets.
func allLines(
    _ path: String, rows: Int = 3, bytes: Int = 100, maximum: Int = 1 << 20
) throws -> [String] {
    var reader = try LineReader(path: path, maximumLineBytes: maximum)
    var block = LineBlock()
    var result: [String] = []
    while try reader.read(into: &block, rows: rows, bytes: bytes) {
        for line in block.lines {
            let text = line.isTooLong ? "<\(line.length)>" : block.text(line)
            result.append("\(line.number):\(line.offset):\(text)")
        }
    }
    return result
}
