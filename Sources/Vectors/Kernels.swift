internal import CVectors

/// The choice of the C kernels.
enum Kernels {
    /// The widest instruction set here; each gives the same bits.
    static let level = cvectors_best_level()
}
