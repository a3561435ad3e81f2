/// How wide the numbers are that matrix products multiply; sums are always 32 bits wide.
public enum Precision: String, Sendable, CaseIterable {
    /// 32-bit floats throughout.
    case fp32
    /// Weights and activations rounded to bfloat16 before each product with a layer's weights:
    /// about twice as fast, on processors that have instructions for it.
    case bf16
}
