internal import Glibc

extension Matrix {
    /// Bytes of a mapped matrix that may stay in memory: reading so few again from the page cache
    /// would cost more than it saves.
    public static let keptBytes = 256 << 20

    /// The kernel maps the whole folio of a page that is read (Linux 6.18, mm/filemap.c), which is
    /// at most as large as this; before, 64 kB around the page.
    private static let folioBytes: UInt = 2 << 20

    /// Rows that are read between two releases.
    private static let runRows = 16_384

    /// Whether pages are let go of at all.
    private func releases(above bytes: Int = keptBytes) -> Bool {
        if case .array = storage { return false }
        return rows * columns * 4 > bytes
    }

    /// Lets go of the memory behind some rows of mapped files, which were read and are not needed
    /// soon: it no longer counts as the process's, and is read again when it is asked for.
    ///
    /// Pages that hold other rows besides are let go of as well.
    ///
    /// - Parameter bytes: Nothing happens to a matrix that takes at most so many, or is not mapped.
    public func releasePages(of rows: Range<Int>, above bytes: Int = keptBytes) {
        if rows.isEmpty || !releases(above: bytes) { return }
        releasePages(slots: slot(rows.lowerBound)...slot(rows.upperBound - 1))
    }

    /// The same for all rows from the first to the last of some slots, see ``slot(_:)``.
    public func releasePages(slots: ArraySlice<Int32>) {
        if !releases() { return }
        if let low = slots.min(), let high = slots.max() {
            releasePages(slots: Int(low)...Int(high))
        }
    }

    private func releasePages(slots: ClosedRange<Int>) {
        withBase { base in
            guard let base else { return }
            func address(_ slot: Int) -> UInt { UInt(bitPattern: base + slot * columns) }
            let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
            // As far as what the kernel mapped around the rows, and never beyond the files.
            let low = max(address(slots.lowerBound) - Self.folioBytes, address(0)) & ~(page - 1)
            let high = min(
                address(slots.upperBound + 1) + Self.folioBytes, address(slot(rows - 1) + 1))
            guard low < high, let start = UnsafeMutableRawPointer(bitPattern: low) else { return }
            // Read-only and private: what is dropped is the file's. Refusal changes nothing.
            _ = madvise(start, Int(high - low), MADV_DONTNEED)
        }
    }

    /// Calls `body` with runs of all rows, and lets go of the pages of each.
    public func forEachRun(_ body: (Range<Int>) -> Void) {
        for start in stride(from: 0, to: rows, by: Self.runRows) {
            let run = start..<min(start + Self.runRows, rows)
            body(run)
            releasePages(of: run)
        }
    }

    /// Calls `body` with each of some rows, best ascending, and lets go of pages on the way.
    public func forEachRow<Row: BinaryInteger>(of rows: [Row], _ body: (Int, Row) -> Void) {
        for start in stride(from: 0, to: rows.count, by: Self.runRows) {
            let run = start..<min(start + Self.runRows, rows.count)
            for place in run { body(place, rows[place]) }
            if releases(), let low = rows[run].min(), let high = rows[run].max() {
                releasePages(of: Int(low)..<Int(high) + 1)
            }
        }
    }
}
