internal import Glibc

extension Matrix {
    /// Lets go of the memory behind some rows of mapped files, which were read and are not needed
    /// soon: it no longer counts as the process's, and is read again when it is asked for.
    ///
    /// Pages that hold other rows besides are let go of as well; nothing happens to a matrix that
    /// is not mapped.
    public func releasePages(of rows: Range<Int>) {
        if case .array = storage { return }
        if rows.isEmpty || columns == 0 { return }
        withAddresses { addresses in
            guard let addresses else { return }
            let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
            let first = UInt(bitPattern: addresses.row(rows.lowerBound)) & ~(page - 1)
            let end = UInt(bitPattern: addresses.row(rows.upperBound - 1) + columns)
            guard let start = UnsafeMutableRawPointer(bitPattern: first) else { return }
            // Read-only and private: what is dropped is the file's. Refusal changes nothing.
            _ = madvise(start, Int(end - first), MADV_DONTNEED)
        }
    }
}
