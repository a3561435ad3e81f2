internal import Glibc

/// The rows of several files, mapped read-only into one range of addresses.
///
/// A file can only be mapped from a page's start on, so the rows of one do not follow those of the
/// file before it at once: each has a *slot*, its distance from the first row in rows, and slots
/// have gaps between files. The range is unmapped with its last owner. As with ``MappedFile``, no
/// file may be shortened meanwhile.
@usableFromInline final class MappedRows: Sendable {
    /// A file and what is known of it.
    struct Part {
        var path: String
        var rows: Int
        /// Where the numbers start, in bytes: the same for all parts.
        var offset: Int

        func bytes(_ rowBytes: Int) -> Int { offset + rows * rowBytes }
    }

    // Safety: the mapping is read-only, private to this object and lives until `deinit`.
    private nonisolated(unsafe) let region: UnsafeMutableRawPointer
    private let length: Int
    @usableFromInline nonisolated(unsafe) let base: UnsafePointer<Float>
    /// For each file the number of its first row, and that row's slot.
    @usableFromInline let firsts: [Int]
    @usableFromInline let slots: [Int]

    /// - Parameter parts: At least one, each with a row, of rows of `columns` numbers.
    /// - Throws: `badData` when a file is missing or has another size than its part says.
    init(_ parts: [Part], columns: Int) throws(Fault) {
        let rowBytes = columns * 4
        let offset = parts[0].offset
        require(parts.allSatisfy { $0.rows > 0 && $0.offset == offset }, "the parts are alike")
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let step = page / Self.gcd(page, rowBytes)
        var (firsts, slots, rows, end) = ([Int](), [Int](), 0, 0)
        for part in parts {
            let slot = (end + rowBytes - 1) / rowBytes
            slots.append((slot + step - 1) / step * step)
            firsts.append(rows)
            rows += part.rows
            end = (slots[slots.count - 1] * rowBytes + part.bytes(rowBytes) + page - 1) & -page
        }
        let region = mmap(
            nil, end, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let region, region != MAP_FAILED else {
            throw .system("reserve addresses for the file", path: parts[0].path, code: errno)
        }
        self.region = region
        length = end
        self.firsts = firsts
        self.slots = slots
        base = UnsafePointer((region + offset).assumingMemoryBound(to: Float.self))
        for (part, slot) in zip(parts, slots) {
            try Self.map(part.path, part.bytes(rowBytes), at: region + slot * rowBytes)
        }
    }

    deinit { munmap(region, length) }

    private static func map(
        _ path: String, _ bytes: Int, at address: UnsafeMutableRawPointer
    ) throws(Fault) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw Fault(
                .badData, "the file cannot be opened", at: .file(path),
                why: String(cString: strerror(errno)))
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, Int(status.st_size) == bytes else {
            throw Fault(.badData, "the file has another size than a moment ago", at: .file(path))
        }
        let mapped = mmap(address, bytes, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0)
        guard mapped != MAP_FAILED else {
            throw .system("map the file into memory", path: path, code: errno)
        }
    }

    private static func gcd(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : gcd(second, first % second)
    }

    /// A row's slot.
    @inlinable func slot(_ row: Int) -> Int {
        let file = partitionPoint(firsts.count) { firsts[$0] <= row } - 1
        return slots[file] + row - firsts[file]
    }
}
