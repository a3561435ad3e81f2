internal import CBLAS
internal import CKernels
internal import Records

extension SentenceEncoder {
    static func loadBLAS() throws(Fault) {
        guard cblas_shim_load() != 0 else { return }
        throw Fault(
            .configuration, "OpenBLAS, which computes the vectors, cannot be loaded",
            why: String(cString: cblas_shim_error()),
            hint: "apt-get install libopenblas0-pthread")
    }

    static func fingerprint(
        _ settings: ModelSettings, vocabulary: MappedFile, weights: MappedFile
    ) -> String {
        var hash = SHA256()
        hash.update("curate sentence encoder \(version)\n\(settings.canonical)\n")
        for file in [vocabulary, weights] {
            hash.update("\(file.bytes.count)\n")
            hash.update(file.bytes)
        }
        return hash.finish().hex
    }

    static func describe(_ product: Product, _ level: ckernels_level) -> String {
        let version = String(cString: cblas_shim_config()).split(separator: " ").prefix(2)
        let instructions =
            switch level {
            case ckernels_avx512: "AVX-512"
            case ckernels_avx2: "AVX2"
            default: "baseline"
            }
        return version.joined(separator: " ")
            + " (\(String(cString: cblas_shim_threading()))), "
            + "\(String(cString: cblas_shim_core())) kernels, 32-bit floats, "
            + "\(instructions) elementwise, one BLAS thread a worker, "
            + (product.packs ? "texts share products" : "each text has its own products")
    }
}
