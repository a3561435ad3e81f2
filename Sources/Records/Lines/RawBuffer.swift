/// Bytes of a fixed size, not zeroed, freed when they go out of scope.
package struct RawBuffer: ~Copyable {
    package let bytes: UnsafeMutableRawBufferPointer

    package init(count: Int) {
        bytes = .allocate(byteCount: count, alignment: 64)
    }

    deinit { bytes.deallocate() }

    /// The bytes from `start` up to `end`.
    package func readable(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }
}
