internal import Glibc

/// Asks the system to back memory that nothing has touched yet with large pages.
///
/// In pages of 4 KiB, 42 MB of weights cost ten thousand faults at start-up and misses of the
/// address cache in every product. A system that has none to give changes nothing.
func preferLargePages(_ start: UnsafeRawPointer, byteCount: Int) {
    let page = 4096
    let first = roundedUp(Int(bitPattern: start), to: page)
    let end = (Int(bitPattern: start) + byteCount) / page * page
    guard end > first else { return }
    madvise(UnsafeMutableRawPointer(bitPattern: first), end - first, MADV_HUGEPAGE)
}
