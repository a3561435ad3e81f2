internal import CKernels
internal import Records

/// How a weights file stores a number, by the format's own name.
enum NumberType: String, Sendable {
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"

    var bytes: Int { self == .f32 ? 4 : 2 }
}

/// Numbers of a mapped file; read as 32-bit floats, which hold every number of the narrower types.
struct Tensor: Sendable {
    /// Keeps the bytes in place.
    let file: MappedFile
    /// Where the numbers begin, in bytes; whoever makes a tensor has checked the bounds.
    let offset: Int
    let count: Int
    let type: NumberType

    /// Writes the numbers `range` to `target`, which has room for them.
    func read(_ range: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        require(range.lowerBound >= 0 && range.upperBound <= count, "numbers of the tensor only")
        guard !range.isEmpty, let base = file.bytes.baseAddress else { return }
        let from = base + offset + range.lowerBound * type.bytes
        switch type {
        case .f32:
            target.update(
                from: from.assumingMemoryBound(to: Float.self), count: range.count)
        case .f16:
            ckernels_widen_f16(target, from.assumingMemoryBound(to: UInt16.self), range.count)
        case .bf16:
            ckernels_widen_bf16(target, from.assumingMemoryBound(to: UInt16.self), range.count)
        }
    }

    /// The numbers from `start` on: where they are if they are 32 bits wide, else in `room`.
    ///
    /// Valid as long as the file is kept and `room` is not used anew.
    func row(
        at start: Int, count: Int, _ room: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        if type == .f32, let base = file.bytes.baseAddress {
            return (base + offset + 4 * start).assumingMemoryBound(to: Float.self)
        }
        read(start..<start + count, into: room)
        return UnsafePointer(room)
    }
}
