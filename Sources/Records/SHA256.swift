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
