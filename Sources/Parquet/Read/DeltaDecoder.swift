/// DELTA_BINARY_PACKED: the differences of neighbouring whole numbers, packed in blocks.
struct DeltaDecoder {
    private static let largestBlock = 1 << 20

    private(set) var bytes: Bytes
    private let miniBlocks: Int
    private let valuesPerMiniBlock: Int
    /// Values that are still to come.
    private(set) var remaining: Int
    private var value: Int64
    private var isFirst = true
    private var least: Int64 = 0
    private var widths: UnsafeRawBufferPointer
    private var miniBlock: Int
    private var packed: BitRun
    private var at: Int

    /// - Parameter limit: The most values that may follow.
    init(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(Damage) {
        var start = Bytes(bytes)
        let block = try start.count(atMost: Self.largestBlock, of: "values in a block")
        miniBlocks = try start.count(atMost: Self.largestBlock, of: "parts of a block")
        guard miniBlocks > 0, block > 0, block % miniBlocks == 0, block / miniBlocks % 8 == 0
        else { throw Damage("blocks of \(block) values in \(miniBlocks) parts") }
        valuesPerMiniBlock = block / miniBlocks
        remaining = try start.count(atMost: limit, of: "values in a page of \(limit)")
        value = try start.zigzag()
        self.bytes = start
        widths = UnsafeRawBufferPointer(rebasing: bytes[..<0])
        packed = BitRun(bytes: widths, width: 0)
        miniBlock = miniBlocks
        at = valuesPerMiniBlock
    }

    mutating func next() throws(Damage) -> Int64 {
        guard remaining > 0 else { throw .ended }
        remaining -= 1
        if isFirst {
            isFirst = false
            return value
        }
        if at == valuesPerMiniBlock { try readMiniBlock() }
        let difference = Int64(bitPattern: try packed.value(at: at))
        at += 1
        value = value &+ least &+ difference
        return value
    }

    private mutating func readMiniBlock() throws(Damage) {
        if miniBlock == miniBlocks {
            least = try bytes.zigzag()
            widths = try bytes.take(miniBlocks)
            miniBlock = 0
        }
        let width = Int(widths[miniBlock])
        guard width <= 64 else { throw Damage("differences of \(width) bits") }
        packed = BitRun(bytes: try bytes.take(valuesPerMiniBlock / 8 * width), width: width)
        miniBlock += 1
        at = 0
    }

    /// The bytes behind all values.
    func rest() throws(Damage) -> UnsafeRawBufferPointer {
        var copy = self
        while copy.remaining > 0 { _ = try copy.next() }
        return copy.bytes.takeRest()
    }
}
