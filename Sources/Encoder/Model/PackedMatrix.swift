internal import CDNNL

/// A layer's weights in bfloat16, as oneDNN's kernels want them.
///
/// Safety: the handle is made before and freed after all use, and nothing changes what it points
/// to in between but oneDNN's list of kernels, which has a lock of its own.
final class PackedMatrix: @unchecked Sendable {
    private let handle: OpaquePointer

    /// `weights` is [inputs, outputs]; nil when oneDNN has no kernel of its own for the shape.
    init?(_ weights: UnsafePointer<Float>, inputs: Int, outputs: Int) {
        guard let handle = dnnl_shim_pack(weights, Int32(inputs), Int32(outputs)) else {
            return nil
        }
        self.handle = handle
    }

    deinit { dnnl_shim_free(handle) }

    /// oneDNN's name of the kernel in use.
    var kernel: String { String(cString: dnnl_shim_kernel(handle)) }

    /// out = x · matrix; `rows` is a multiple of `dnnl_shim_row_step`. Whether it was done.
    func multiply(
        _ x: UnsafePointer<UInt16>, rows: Int, into out: UnsafeMutablePointer<Float>
    ) -> Bool {
        dnnl_shim_multiply(handle, x, Int32(rows), out) == 0
    }
}
