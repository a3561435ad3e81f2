internal import CDNNL

/// How wide the numbers are that matrix products multiply; sums are always 32 bits wide.
public enum Precision: String, Sendable, CaseIterable {
    /// 32-bit floats throughout.
    case fp32
    /// Weights and activations rounded to bfloat16 before each product with a layer's weights:
    /// 1.7 to 1.8 times as fast (measured on Zen 4), on processors that have instructions for it.
    case bf16

    /// Whether this machine can compute so: its processor, its system and its libraries.
    public var isSupported: Bool {
        switch self {
        case .fp32: true
        case .bf16: dnnl_shim_has_bf16() != 0 && dnnl_shim_load() == 0
        }
    }
}
