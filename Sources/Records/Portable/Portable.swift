/// A value with canonical bytes: equal values have equal bytes on every machine and in every
/// process.
///
/// What one step of a stage hands to another, and a worker to the process that started it, is
/// portable. Numbers are written little-endian, texts as UTF-8 with their length, dictionaries and
/// sets in the order of their keys. The bytes are for programs of one version: they are not kept
/// from one run to the next.
public protocol Portable: Sendable {
    func write(to bytes: inout PortableWriter)

    /// - Throws: `badData` for bytes that ``write(to:)`` does not make.
    init(from bytes: inout PortableReader) throws(Fault)

    /// Writes neighbouring elements without their number; numbers are copied as they lie in memory.
    static func write(elements: [Self], to bytes: inout PortableWriter)

    /// Reads elements that ``write(elements:to:)`` wrote.
    ///
    /// - Throws: `badData` for bytes that are none of `count` elements.
    static func elements(
        _ count: Int, from bytes: inout PortableReader
    ) throws(Fault) -> [Self]
}

extension Portable {
    /// The value's canonical bytes.
    public var portableBytes: [UInt8] {
        var writer = PortableWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// - Throws: `badData` for bytes that are not exactly one such value.
    public init(portableBytes: [UInt8]) throws(Fault) {
        var reader = PortableReader(portableBytes)
        self = try Self(from: &reader)
        try reader.finish()
    }

    public static func write(elements: [Self], to bytes: inout PortableWriter) {
        for element in elements { element.write(to: &bytes) }
    }

    public static func elements(
        _ count: Int, from bytes: inout PortableReader
    ) throws(Fault) -> [Self] {
        var elements: [Self] = []
        // A wrong number must not reserve memory that the bytes cannot fill.
        elements.reserveCapacity(min(count, bytes.left))
        for _ in 0..<count { elements.append(try Self(from: &bytes)) }
        return elements
    }
}

/// The bytes of portable values, one after the other.
public struct PortableWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// The memory of numbers, which is little-endian on every machine that Swift runs on.
    mutating func append(memory of: UnsafeRawBufferPointer) { bytes.append(contentsOf: of) }
}

/// Reads portable values in the order in which they were written.
public struct PortableReader: Sendable {
    private let bytes: [UInt8]
    private var at = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Bytes that are not read yet.
    public var left: Int { bytes.count - at }

    /// - Throws: `badData` when there are fewer.
    public mutating func take(_ count: Int) throws(Fault) -> ArraySlice<UInt8> {
        guard count >= 0, count <= left else { throw Self.damaged }
        defer { at += count }
        return bytes[at..<at + count]
    }

    /// The next bytes in place.
    ///
    /// - Throws: `badData` when there are fewer.
    mutating func withNext<Result>(
        _ count: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(Fault) -> Result {
        guard count >= 0, count <= left else { throw Self.damaged }
        defer { at += count }
        return bytes.withUnsafeBytes {
            body(UnsafeRawBufferPointer(rebasing: $0[at..<at + count]))
        }
    }

    /// - Throws: `badData` when bytes are left over.
    public func finish() throws(Fault) {
        if left > 0 { throw Self.damaged }
    }

    /// What bytes of another shape are.
    public static var damaged: Fault {
        Fault(
            .badData, "a value of a step cannot be read",
            why: "its bytes are not those of its type",
            hint: "run the stage again with `--from`")
    }
}
