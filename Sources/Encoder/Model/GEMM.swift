internal import CBLAS
internal import CDNNL
internal import Records

/// Matrix products whose rows do not depend on their neighbours, bit for bit.
///
/// A library may compute a row with another kernel, and so another rounding, depending on how many
/// rows a call has and where among them the row stands. Measured: oneDNN 2.6.3 does not from two
/// rows on; OpenBLAS 0.3.21's SKYLAKEX, SANDYBRIDGE and NEHALEM kernels do not from two rows on,
/// COOPERLAKE ones not from seven, but HASWELL and ZEN ones do with a period of 12; oneDNN's AVX2
/// kernels do where a call's rows are not a multiple of 6. A run must give the same bytes however
/// its texts were batched; therefore texts share a call only where a check on the library as loaded
/// finds rows independent, and each text has calls of its own otherwise, which is slower for short
/// ones.
struct GEMM: Sendable {
    enum Library: Sendable { case oneDNN, openBLAS }

    let library: Library
    let precision: Precision
    /// Whether texts may share a call.
    let packs: Bool

    /// Rows of a shared call are a multiple of this; the rest is padded with zeros.
    let rowStep: Int

    /// What `rowStep` may be, the least padding first.
    static let rowSteps = [8, 24]
    /// Rows of a shared call at most: what stands between two products then fits the cache of one
    /// core, and larger calls are no faster.
    static let blockRows = 120

    /// The fastest product here, checked for the shapes of a model; about 20 ms for MiniLM's.
    ///
    /// `library` and `packs` are for tests. Throws a `Fault` of kind `configuration` when no
    /// library is installed, or none can do `precision` here.
    init(
        shapes: [(inputs: Int, outputs: Int)], precision: Precision, library: Library? = nil,
        packs: Bool? = nil
    ) throws(Fault) {
        self.precision = precision
        if precision == .bf16 {
            try Self.checkHalves()
            self.library = .oneDNN
        } else {
            self.library = try Self.fastest(library)
        }
        let library = self.library
        let step =
            packs == false
            ? nil
            : Self.rowSteps.first { Self.rowsAreIndependent(library, precision, shapes, step: $0) }
        self.packs = packs ?? (step != nil)
        rowStep = step ?? Self.rowSteps[0]
        if precision == .bf16, !self.packs {
            throw Fault(
                .configuration, "bf16 products of this oneDNN are not reproducible",
                why: "a row's result depends on the rows beside it", hint: "use precision: fp32")
        }
    }

    /// oneDNN where it has kernels of its own; its arm64 ones stand behind OpenBLAS's.
    private static func fastest(_ wanted: Library?) throws(Fault) -> Library {
        #if arch(x86_64)
            if wanted != .openBLAS, dnnl_shim_load() == 0 { return .oneDNN }
        #endif
        guard cblas_shim_load() != 0 else { return .openBLAS }
        throw Fault(
            .configuration, "neither oneDNN nor OpenBLAS, which compute the vectors, can be loaded",
            why: String(cString: cblas_shim_error()),
            hint: "apt-get install libdnnl2 libopenblas0-pthread, or raise the limit on memory")
    }

    private static func checkHalves() throws(Fault) {
        guard dnnl_shim_has_bf16() != 0 else {
            throw Fault(
                .configuration, "this processor cannot multiply in bf16",
                why: "it lacks avx512_bf16", hint: "use precision: fp32")
        }
        guard dnnl_shim_load() != 0 else { return }
        throw Fault(
            .configuration, "oneDNN, which multiplies in bf16, cannot be loaded",
            why: String(cString: dnnl_shim_error()),
            hint: "apt-get install libdnnl2, or use precision: fp32")
    }

    /// out = x · weights in 32-bit floats; x is rows × inputs, weights inputs × outputs.
    @inline(__always) static func multiply(
        _ library: Library, _ x: UnsafePointer<Float>, rows: Int, inputs: Int,
        _ weights: UnsafePointer<Float>, outputs: Int, into out: UnsafeMutablePointer<Float>
    ) {
        switch library {
        case .oneDNN:
            let done = dnnl_shim_sgemm(
                Int32(rows), Int32(outputs), Int32(inputs), x, weights, out)
            // Only memory can be missing; `encode` refuses what is not a number.
            if done != 0 { out.update(repeating: .nan, count: rows * outputs) }
        case .openBLAS:
            cblas_shim_sgemm(
                0, 0, Int32(rows), Int32(outputs), Int32(inputs), 1, x, Int32(inputs), weights,
                Int32(outputs), 0, out, Int32(outputs))
        }
    }
}
