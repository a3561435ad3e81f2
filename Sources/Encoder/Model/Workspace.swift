/// The numbers of one batch while it passes the layers; one for each worker.
///
/// What only lives between two products has room for one block of rows. The 16-bit copies are
/// what bf16 products read; they are empty for fp32.
final class Workspace {
    /// Rows there is room for.
    let rows: Int
    /// [rows, width]: what enters a layer, and what leaves it.
    let hidden: UnsafeMutablePointer<Float>
    /// [rows, 3 · width]: queries, keys and values side by side.
    let attention: UnsafeMutablePointer<Float>
    /// [rows, width]: the heads' results side by side.
    let context: UnsafeMutablePointer<Float>
    /// [block, width]: a half-layer's result.
    let result: UnsafeMutablePointer<Float>
    /// [block, innerWidth].
    let inner: UnsafeMutablePointer<Float>
    /// What one head's attention works with.
    let room: UnsafeMutablePointer<Float>
    /// 16-bit copies: [block, width], [rows, width], [block, width], [block, innerWidth].
    let hiddenHalf, contextHalf, resultHalf, innerHalf: UnsafeMutablePointer<UInt16>
    /// nil for fp32, else the same as the four above: for kernels that write either.
    let hasHalves: Bool

    /// - Parameters:
    ///   - rows: The largest batch.
    ///   - block: Most rows of one product.
    ///   - room: Numbers that one head's attention needs.
    init(_ settings: ModelSettings, _ precision: Precision, rows: Int, block: Int, room: Int) {
        let halves = precision == .bf16
        // From zero, so that the padding rows are numbers whatever a product makes of them.
        func zeros<Value: ExpressibleByIntegerLiteral>(
            _ count: Int, _ type: Value.Type
        ) -> UnsafeMutablePointer<Value> {
            let bytes = max(count, 1) * MemoryLayout<Value>.stride
            let start = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
                .bindMemory(to: type, capacity: max(count, 1))
            preferLargePages(start, byteCount: bytes)
            start.initialize(repeating: 0, count: max(count, 1))
            return start
        }
        self.rows = rows
        hasHalves = halves
        hidden = zeros(rows * settings.width, Float.self)
        attention = zeros(rows * settings.width * 3, Float.self)
        context = zeros(halves ? 0 : rows * settings.width, Float.self)
        result = zeros(block * settings.width, Float.self)
        inner = zeros(block * settings.innerWidth, Float.self)
        self.room = zeros(room, Float.self)
        hiddenHalf = zeros(halves ? block * settings.width : 0, UInt16.self)
        contextHalf = zeros(halves ? rows * settings.width : 0, UInt16.self)
        resultHalf = zeros(halves ? block * settings.width : 0, UInt16.self)
        innerHalf = zeros(halves ? block * settings.innerWidth : 0, UInt16.self)
    }

    deinit {
        for buffer in [hidden, attention, context, result, inner, room] { buffer.deallocate() }
        for buffer in [hiddenHalf, contextHalf, resultHalf, innerHalf] { buffer.deallocate() }
    }
}

/// The smallest multiple of `step` that is not below `count`.
func roundedUp(_ count: Int, to step: Int) -> Int { (count + step - 1) / step * step }
