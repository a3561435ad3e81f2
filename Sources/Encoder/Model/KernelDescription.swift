internal import CBLAS
internal import CDNNL
internal import CKernels

extension Transformer {
    /// What computes, in one line: library and its version, kernels, precision, instruction set of
    /// the rest, threads, and how texts share products.
    ///
    /// Part of the key that stored vectors have: two descriptions may mean two roundings.
    var description: String {
        let instructions =
            switch level {
            case ckernels_avx512: "AVX-512"
            case ckernels_avx2: "AVX2"
            default: "baseline"
            }
        return "\(library), \(numbers), \(instructions) elementwise, one thread a worker, "
            + (product.packs ? "texts share products" : "each text has its own products")
    }

    private var library: String {
        switch product.library {
        case .oneDNN:
            let version = "oneDNN \(String(cString: dnnl_shim_version()))"
            let kernels = kernel ?? String(cString: dnnl_shim_instructions())
            return "\(version), \(kernels) kernels"
        case .openBLAS:
            let config = String(cString: cblas_shim_config()).split(separator: " ").prefix(2)
            let threading = String(cString: cblas_shim_threading())
            let core = String(cString: cblas_shim_core())
            return "\(config.joined(separator: " ")) (\(threading)), \(core) kernels\(missing)"
        }
    }

    /// What would be faster, where it is not there.
    private var missing: String {
        #if arch(x86_64)
            if dnnl_shim_load() != 0 { return " (oneDNN is not there: apt-get install libdnnl2)" }
        #endif
        return ""
    }

    private var numbers: String {
        switch product.precision {
        case .fp32: "32-bit floats"
        case .bf16: "bf16 products with 32-bit sums"
        }
    }
}
