internal import Glibc

extension Matrix {
    /// Bytes of a mapped matrix that may stay in memory: reading so few again from the page cache
    /// would cost more than it saves.
    private static let keptBytes = 256 << 20

    /// The kernel maps pages around the one that is read, aligned to this (`fault_around_bytes`).
    private static let faultBytes: UInt = 64 << 10

    /// Rows that are read between two releases.
    private static let runRows = 16_384

    /// Whether pages are let go of at all.
    private var releases: Bool {
        if case .array = storage { return false }
        return rows * columns * 4 > Self.keptBytes
    }

    /// Lets go of the memory behind some rows of mapped files, which were read and are not needed
    /// soon: it no longer counts as the process's, and is read again when it is asked for.
    ///
    /// Pages that hold other rows besides are let go of as well. Nothing happens to a matrix that
    /// is not mapped, or takes at most 256 MB.
    public func releasePages(of rows: Range<Int>) {
        if rows.isEmpty || !releases { return }
        releasePages(slots: slot(rows.lowerBound)...slot(rows.upperBound - 1))
    }

    /// The same for all rows from the first to the last of some slots, see ``slot(_:)``.
    public func releasePages(slots: ArraySlice<Int32>) {
        if !releases { return }
        if let low = slots.min(), let high = slots.max() {
            releasePages(slots: Int(low)...Int(high))
        }
    }

    private func releasePages(slots: ClosedRange<Int>) {
        withBase { base in
            guard let base else { return }
            func address(_ slot: Int) -> UInt { UInt(bitPattern: base + slot * columns) }
            let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
            // As wide as what the kernel mapped around the rows, and never beyond the files.
            let around = Self.faultBytes - 1
            let low = max(address(slots.lowerBound) & ~around, address(0) & ~(page - 1))
            let high = min(
                (address(slots.upperBound + 1) + around) & ~around, address(slot(rows - 1) + 1))
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
            if releases, let low = rows[run].min(), let high = rows[run].max() {
                releasePages(of: Int(low)..<Int(high) + 1)
            }
        }
    }
}
