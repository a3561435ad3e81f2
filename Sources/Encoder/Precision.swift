internal import CDNNL

/// How wide the numbers are that matrix products multiply; sums are always 32 bits wide.
public enum Precision: String, Sendable, CaseIterable {
    /// 32-bit floats throughout.
    case fp32
    /// Weights and activations rounded to bfloat16 before each product with a layer's weights:
    /// about twice as fast, on processors that have instructions for it.
    case bf16

    /// Whether this machine can compute so: its processor, its system and its libraries.
    public var isSupported: Bool {
        switch self {
        case .fp32: true
        case .bf16: dnnl_shim_has_bf16() != 0 && dnnl_shim_load() == 0
        }
    }
}
