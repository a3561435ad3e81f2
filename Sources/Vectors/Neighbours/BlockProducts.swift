internal import CBLAS
internal import CVectors

/// All products of two blocks of rows, fast and approximate: proposals, never decisions.
enum BlockProducts {
    /// Whether OpenBLAS could be opened; without it a plain loop does the work.
    static let hasBLAS = cblas_shim_load() == 0

    /// `to[i * seconds + j]` = the product of row i of `first` and row j of `second`, both of
    /// `columns` floats.
    static func fill(
        _ first: UnsafePointer<Float>, _ firsts: Int, _ second: UnsafePointer<Float>,
        _ seconds: Int, columns: Int, to: UnsafeMutablePointer<Float>, usesBLAS: Bool = hasBLAS
    ) {
        if firsts == 0 || seconds == 0 { return }
        if usesBLAS, columns > 0 {
            cblas_shim_sgemm(
                0, 1, Int32(firsts), Int32(seconds), Int32(columns), 1, first, Int32(columns),
                second, Int32(columns), 0, to, Int32(seconds))
            return
        }
        for one in 0..<firsts {
            for two in 0..<seconds {
                to[one * seconds + two] = LaneSums.dot(
                    first + one * columns, second + two * columns, columns)
            }
        }
    }

    /// The first place from `from` on, below `count`, of a product of at least `limit`, or `count`.
    static func next(
        _ products: UnsafePointer<Float>, _ from: Int, _ count: Int, _ limit: Float
    ) -> Int {
        cvectors_next_at_least(Kernels.level, products, from, count, limit)
    }
}

/// Room for a block of unit rows, a second one, and their products.
struct BlockScratch: ~Copyable {
    let first: UnsafeMutablePointer<Float>
    let second: UnsafeMutablePointer<Float>
    let products: UnsafeMutablePointer<Float>

    init(firsts: Int, seconds: Int, columns: Int) {
        first = .allocate(capacity: max(firsts * columns, 1))
        second = .allocate(capacity: max(seconds * columns, 1))
        products = .allocate(capacity: max(firsts * seconds, 1))
    }

    deinit {
        first.deallocate()
        second.deallocate()
        products.deallocate()
    }
}
