/// The numbers of one batch while it passes the layers; one for each worker.
final class Workspace {
    /// Rows there is room for.
    let rows: Int
    /// [rows, width]: what enters a layer, and what leaves it.
    let hidden: UnsafeMutablePointer<Float>
    /// [rows, 3 · width]: queries, keys and values side by side.
    let attention: UnsafeMutablePointer<Float>
    /// [rows, width]: the heads' results side by side.
    let context: UnsafeMutablePointer<Float>
    /// [rows, width]: a half-layer's result before it replaces its input.
    let result: UnsafeMutablePointer<Float>
    /// [rows, innerWidth].
    let inner: UnsafeMutablePointer<Float>
    /// [longest text, the same rounded up to 16]: one head's attention.
    let scores: UnsafeMutablePointer<Float>

    init(_ settings: ModelSettings, rows: Int, longest: Int) {
        // From zero, so that the padding rows are numbers whatever a product makes of them.
        func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
            let start = UnsafeMutablePointer<Float>.allocate(capacity: count)
            start.initialize(repeating: 0, count: count)
            return start
        }
        self.rows = rows
        hidden = zeros(rows * settings.width)
        attention = zeros(rows * settings.width * 3)
        context = zeros(rows * settings.width)
        result = zeros(rows * settings.width)
        inner = zeros(rows * settings.innerWidth)
        scores = zeros(longest * roundedUp(longest, to: 16))
    }

    deinit {
        for buffer in [hidden, attention, context, result, inner, scores] { buffer.deallocate() }
    }
}

/// The smallest multiple of `step` that is not below `count`.
func roundedUp(_ count: Int, to step: Int) -> Int { (count + step - 1) / step * step }
