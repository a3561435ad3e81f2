/// Numbers, as they lie in memory.
public protocol PortableNumber: Portable, BitwiseCopyable {}

extension PortableNumber {
    public func write(to bytes: inout PortableWriter) {
        withUnsafeBytes(of: self) { bytes.append(memory: $0) }
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        self = try bytes.withNext(MemoryLayout<Self>.size) { $0.loadUnaligned(as: Self.self) }
    }

    public static func write(elements: [Self], to bytes: inout PortableWriter) {
        elements.withUnsafeBytes { bytes.append(memory: $0) }
    }

    public static func elements(
        _ count: Int, from bytes: inout PortableReader
    ) throws(Fault) -> [Self] {
        let (size, isTooLarge) = count.multipliedReportingOverflow(by: MemoryLayout<Self>.stride)
        if isTooLarge { throw PortableReader.damaged }
        return try bytes.withNext(size) { source in
            [Self](unsafeUninitializedCapacity: count) { target, filled in
                UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
                filled = count
            }
        }
    }
}

extension Int8: PortableNumber {}
extension UInt8: PortableNumber {}
extension Int32: PortableNumber {}
extension UInt32: PortableNumber {}
extension Int64: PortableNumber {}
extension UInt64: PortableNumber {}
extension Int: PortableNumber {}
extension Float: PortableNumber {}
extension Double: PortableNumber {}

extension Bool: Portable {
    public func write(to bytes: inout PortableWriter) {
        bytes.append(CollectionOfOne(self ? 1 : 0))
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        switch try UInt8(from: &bytes) {
        case 0: self = false
        case 1: self = true
        default: throw PortableReader.damaged
        }
    }
}

extension String: Portable {
    public func write(to bytes: inout PortableWriter) {
        utf8.count.write(to: &bytes)
        bytes.append(utf8)
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        let count = try Int(from: &bytes)
        self = String(decoding: try bytes.take(count), as: UTF8.self)
    }
}

extension Optional: Portable where Wrapped: Portable {
    public func write(to bytes: inout PortableWriter) {
        (self != nil).write(to: &bytes)
        self?.write(to: &bytes)
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        self = try Bool(from: &bytes) ? try Wrapped(from: &bytes) : nil
    }
}

extension Array: Portable where Element: Portable {
    public func write(to bytes: inout PortableWriter) {
        count.write(to: &bytes)
        Element.write(elements: self, to: &bytes)
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        let count = try Int(from: &bytes)
        guard count >= 0 else { throw PortableReader.damaged }
        self = try Element.elements(count, from: &bytes)
    }
}

extension Dictionary: Portable where Key: Portable & Comparable, Value: Portable {
    public func write(to bytes: inout PortableWriter) {
        count.write(to: &bytes)
        for (key, value) in sorted(by: { $0.key < $1.key }) {
            key.write(to: &bytes)
            value.write(to: &bytes)
        }
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        self.init()
        for _ in 0..<(try bytes.count()) {
            let key = try Key(from: &bytes)
            self[key] = try Value(from: &bytes)
        }
    }
}

extension Set: Portable where Element: Portable & Comparable {
    public func write(to bytes: inout PortableWriter) { sorted().write(to: &bytes) }

    public init(from bytes: inout PortableReader) throws(Fault) {
        self = Set(try [Element](from: &bytes))
    }
}

extension PortableReader {
    /// A number of elements.
    ///
    /// - Throws: `badData` for one that the bytes cannot hold.
    public mutating func count() throws(Fault) -> Int {
        let count = try Int(from: &self)
        guard (0...left).contains(count) else { throw Self.damaged }
        return count
    }
}

/// A case by its raw value.
extension Portable where Self: RawRepresentable, RawValue: Portable {
    public func write(to bytes: inout PortableWriter) { rawValue.write(to: &bytes) }

    public init(from bytes: inout PortableReader) throws(Fault) {
        guard let value = Self(rawValue: try RawValue(from: &bytes)) else {
            throw PortableReader.damaged
        }
        self = value
    }
}
