internal import CCrypto

/// SHA-256 in one go or piece by piece, over Debian's libcrypto.
public struct SHA256: ~Copyable {
    private let state: OpaquePointer

    public init() {
        guard let state = ccrypto_sha256_new() else { fatalError("out of memory") }
        self.state = state
    }

    deinit { ccrypto_sha256_free(state) }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        ccrypto_sha256_update(state, bytes.baseAddress, bytes.count)
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ string: String) {
        var string = string
        string.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// The digest of all bytes so far; the hash starts anew afterwards.
    public mutating func finish() -> Digest {
        var digest = [UInt8](repeating: 0, count: 32)
        ccrypto_sha256_finish(state, &digest)
        return Digest(bytes: digest)
    }

    public static func hash(_ bytes: [UInt8]) -> Digest {
        bytes.withUnsafeBytes { hash($0) }
    }

    public static func hash(_ string: String) -> Digest {
        var string = string
        return string.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
    }

    public static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var digest = [UInt8](repeating: 0, count: 32)
        ccrypto_sha256_once(bytes.baseAddress, bytes.count, &digest)
        return Digest(bytes: digest)
    }

    /// 32 bytes.
    public struct Digest: Sendable, Hashable {
        public let bytes: [UInt8]

        /// Of eight bytes: all are spread evenly, and one by one takes longer than the table.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }

        /// 64 lower-case hexadecimal digits.
        public var hex: String { Self.hex(bytes) }
        /// The first 128 bits as 32 lower-case hexadecimal digits: a record's id.
        public var shortHex: String { Self.hex(bytes.prefix(16)) }

        private static func hex(_ bytes: some Sequence<UInt8>) -> String {
            let digits = Array("0123456789abcdef".utf8)
            var text: [UInt8] = []
            for byte in bytes {
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}

extension SHA256.Digest: Portable {
    public func write(to bytes: inout PortableWriter) { bytes.append(self.bytes) }

    /// - Throws: `badData` when there are not 32 bytes.
    public init(from bytes: inout PortableReader) throws(Fault) {
        self.init(bytes: Array(try bytes.take(32)))
    }
}

extension SHA256.Digest {
    /// A digest that was kept as its 32 bytes; nil for any other number of them.
    public init?(kept bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(bytes: bytes)
    }

    /// 64 lower-case hexadecimal digits and nothing else.
    public init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for at in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.value(digits[at]), let low = Self.value(digits[at + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        self.init(bytes: bytes)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - 87
        default: nil
        }
    }
}
