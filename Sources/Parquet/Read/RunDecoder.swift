/// The hybrid of run lengths and bit packing in which levels and dictionary indices are written.
struct RunDecoder {
    private var bytes: Bytes
    private let width: Int
    private var runLeft = 0
    private var runValue: UInt32 = 0
    private var packed: BitRun
    private var packedLeft = 0
    private var packedAt = 0

    /// - Parameter width: Bits a number, at most 32.
    init(_ bytes: UnsafeRawBufferPointer, width: Int) throws(Damage) {
        guard (0...32).contains(width) else { throw Damage("numbers of \(width) bits") }
        self.bytes = Bytes(bytes)
        self.width = width
        packed = BitRun(bytes: bytes, width: width)
    }

    mutating func next() throws(Damage) -> UInt32 {
        while true {
            if runLeft > 0 {
                runLeft -= 1
                return runValue
            }
            if packedLeft > 0 {
                defer {
                    packedLeft -= 1
                    packedAt += 1
                }
                return UInt32(truncatingIfNeeded: try packed.value(at: packedAt))
            }
            try readRun()
        }
    }

    private mutating func readRun() throws(Damage) {
        let head = try bytes.count(atMost: Int(UInt32.max), of: "numbers in a run")
        if head & 1 == 0 {
            runLeft = head >> 1
            runValue = 0
            for byte in 0..<(width + 7) / 8 {
                runValue |= UInt32(try bytes.byte()) << UInt32(8 * byte)
            }
        } else {
            // The last group may be cut short; what is missing is found when it is asked for.
            let count = min((head >> 1) * width, bytes.remaining)
            packed = BitRun(bytes: try bytes.take(count), width: width)
            packedLeft = (head >> 1) * 8
            packedAt = 0
        }
    }
}
