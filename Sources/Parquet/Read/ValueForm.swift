internal import Records

/// How a column's values are written as JSON.
enum ValueForm: Sendable {
    case boolean, integer, float, double
    case unsigned(bits: Int)
    /// Text; whether it is UTF-8 is for the reader of the JSON to find.
    case text
    case json
    /// Bytes that nobody says are text: text where they are UTF-8, else base64.
    case binary
    case date
    case time(LogicalType.Unit)
    case timestamp(LogicalType.Unit, isUTC: Bool)
    /// Nanoseconds of a day and a day, of old writers.
    case int96
    case decimal(scale: Int)
    case uuid, float16
    /// Whole numbers that stand for names; -1 stands for none.
    case names([String])

    init(_ element: FileMetadata.Element, names: [String]?) {
        switch (element.physical ?? .byteArray, element.logical) {
        case (.int32, _) where names != nil, (.int64, _) where names != nil:
            self = .names(names ?? [])
        case (.boolean, _): self = .boolean
        case (.int96, _): self = .int96
        case (.float, _): self = .float
        case (.double, _): self = .double
        case (_, .decimal(let scale)?) where (0...64).contains(scale): self = .decimal(scale: scale)
        case (.int32, .date?): self = .date
        case (.int32, .time(let unit)?), (.int64, .time(let unit)?): self = .time(unit)
        case (.int64, .timestamp(let unit, let isUTC)?): self = .timestamp(unit, isUTC: isUTC)
        case (.int32, .integer(isSigned: false)?): self = .unsigned(bits: 32)
        case (.int64, .integer(isSigned: false)?): self = .unsigned(bits: 64)
        case (.int32, _), (.int64, _): self = .integer
        case (.byteArray, .string?), (.byteArray, .enumeration?): self = .text
        case (.byteArray, .json?): self = .json
        case (.fixedLengthByteArray, .uuid?) where element.length == 16: self = .uuid
        case (.fixedLengthByteArray, .float16?) where element.length == 2: self = .float16
        case (.byteArray, _), (.fixedLengthByteArray, _): self = .binary
        }
    }

    func append(
        _ value: Value, to bytes: inout [UInt8], _ checker: inout JSONChecker
    ) throws(Damage) {
        switch value {
        case .boolean(let flag): bytes += (flag ? "true" : "false").utf8
        case .integer(let number): append(number, to: &bytes)
        case .float(let number):
            if number.isFinite, number != number.rounded() {
                bytes += number.description.utf8
            } else {
                JSONText.append(Double(number), to: &bytes)
            }
        case .double(let number): JSONText.append(number, to: &bytes)
        case .bytes(let raw): try append(raw, to: &bytes, &checker)
        case .joined: throw Damage("a value was not put together")
        }
    }

    private func append(_ number: Int64, to bytes: inout [UInt8]) {
        switch self {
        case .names(let names):
            if let number = Int(exactly: number), names.indices.contains(number) {
                JSONText.append(names[number], to: &bytes)
            } else if number == -1 {
                bytes += "null".utf8
            } else {
                JSONText.append(Int(number), to: &bytes)
            }
        case .unsigned(let bits):
            let number = UInt64(bitPattern: number)
            bytes += String(bits == 32 ? number & 0xFFFF_FFFF : number).utf8
        case .date:
            JSONText.append(CivilText.date(days: number), to: &bytes)
        case .time(let unit):
            JSONText.append(CivilText.time(number, unit), to: &bytes)
        case .timestamp(let unit, let isUTC):
            JSONText.append(CivilText.timestamp(number, unit, isUTC: isUTC), to: &bytes)
        case .decimal(let scale):
            JSONText.append(
                DecimalText.text(digits: String(number.magnitude), number < 0, scale), to: &bytes)
        default: JSONText.append(Int(number), to: &bytes)
        }
    }

    private func append(
        _ raw: UnsafeRawBufferPointer, to bytes: inout [UInt8], _ checker: inout JSONChecker
    ) throws(Damage) {
        switch self {
        case .json: checker.append(raw, to: &bytes)
        case .binary:
            if String(validating: raw, as: UTF8.self) != nil {
                JSONText.append(raw, to: &bytes)
            } else {
                Base64.append(raw, to: &bytes)
            }
        case .uuid: JSONText.append(Self.uuid(raw), to: &bytes)
        case .float16 where raw.count == 2:
            let bits = UInt16(raw[0]) | UInt16(raw[1]) << 8
            JSONText.append(Double(Self.half(bits)), to: &bytes)
        case .decimal(let scale):
            guard raw.count <= 64 else { throw Damage("a decimal has \(raw.count) bytes") }
            JSONText.append(DecimalText.text(bigEndian: raw, scale), to: &bytes)
        case .int96:
            var place = Bytes(raw)
            let nanoseconds = try place.number(Int64.self)
            let days = Int64(try place.number(Int32.self)) - 2_440_588
            JSONText.append(CivilText.timestamp(days: days, nanoseconds: nanoseconds), to: &bytes)
        default: JSONText.append(raw, to: &bytes)
        }
    }

    private static func uuid(_ raw: UnsafeRawBufferPointer) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (place, byte) in raw.enumerated() {
            if [4, 6, 8, 10].contains(place) { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// An IEEE 754 number of 16 bits.
    private static func half(_ bits: UInt16) -> Float {
        let sign: Float = bits >> 15 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 31)
        let fraction = Float(bits & 1_023) / 1_024
        switch exponent {
        case 0: return sign * fraction * Float(sign: .plus, exponent: -14, significand: 1)
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default:
            return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
        }
    }
}

/// Bytes as text (RFC 4648, section 4).
enum Base64 {
    static func append(_ raw: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        bytes.append(UInt8(ascii: "\""))
        var at = 0
        while at < raw.count {
            let count = min(3, raw.count - at)
            var bits: UInt32 = 0
            for place in 0..<3 {
                bits = bits << 8 | (place < count ? UInt32(raw[at + place]) : 0)
            }
            for place in 0..<4 {
                bytes.append(
                    place <= count
                        ? digits[Int(bits >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
            }
            at += 3
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Copies values that a column says are JSON, if they are.
struct JSONChecker: ~Copyable {
    private var parser = JSONParser()

    init() {}

    /// Appends `raw` as it stands when it is one JSON value, without line ends; else as a string.
    mutating func append(_ raw: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        var list: [UInt8] = []
        list.reserveCapacity(raw.count + 2 + JSONParser.padding)
        list.append(UInt8(ascii: "["))
        list.append(contentsOf: raw)
        list.append(UInt8(ascii: "]"))
        let isValue = (try? parser.children(of: list) { $0.count == 1 }) ?? false
        guard isValue else { return JSONText.append(raw, to: &bytes) }
        let start = bytes.count
        bytes.append(contentsOf: raw)
        // Between values only: inside of strings, JSON escapes them.
        for at in start..<bytes.count where bytes[at] == 0x0A || bytes[at] == 0x0D {
            bytes[at] = UInt8(ascii: " ")
        }
    }
}
