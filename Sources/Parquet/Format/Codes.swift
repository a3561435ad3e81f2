/// The numbers that parquet.thrift gives to types, encodings and codecs.
/// Source: apache/parquet-format, src/main/thrift/parquet.thrift.

enum PhysicalType: Int32, Sendable {
    case boolean = 0
    case int32, int64, int96, float, double, byteArray, fixedLengthByteArray
}

enum Repetition: Int32, Sendable {
    case required = 0
    case optional, repeated
}

enum Encoding: Int32, Sendable {
    case plain = 0
    case plainDictionary = 2
    case rle, bitPacked, deltaBinaryPacked, deltaLengthByteArray, deltaByteArray, rleDictionary
    case byteStreamSplit
}

enum Codec: Int32, Sendable {
    case uncompressed = 0
    case snappy, gzip, lzo, brotli, lz4, zstd, lz4Raw

    var name: String {
        switch self {
        case .uncompressed: "uncompressed"
        case .snappy: "Snappy"
        case .gzip: "gzip"
        case .lzo: "LZO"
        case .brotli: "Brotli"
        case .lz4: "LZ4"
        case .zstd: "Zstandard"
        case .lz4Raw: "LZ4"
        }
    }
}

enum PageType: Int32, Sendable {
    case data = 0
    case index, dictionary, dataV2
}

/// What a column's values mean beyond their physical type.
enum LogicalType: Sendable, Equatable {
    enum Unit: Int, Sendable {
        case milliseconds = 1_000
        case microseconds = 1_000_000
        case nanoseconds = 1_000_000_000
    }

    case string, enumeration, json, bson, uuid, float16, date, null, interval
    case list, map
    case decimal(scale: Int)
    case time(Unit)
    case timestamp(Unit, isUTC: Bool)
    case integer(isSigned: Bool)
    /// One that this reader does not know.
    case other(Int)
}

extension LogicalType {
    /// The older annotation of the same things.
    init?(converted code: Int, scale: Int) {
        switch code {
        case 0: self = .string
        case 1, 2: self = .map
        case 3: self = .list
        case 4: self = .enumeration
        case 5: self = .decimal(scale: scale)
        case 6: self = .date
        case 7: self = .time(.milliseconds)
        case 8: self = .time(.microseconds)
        case 9: self = .timestamp(.milliseconds, isUTC: true)
        case 10: self = .timestamp(.microseconds, isUTC: true)
        case 11...14: self = .integer(isSigned: false)
        case 15...18: self = .integer(isSigned: true)
        case 19: self = .json
        case 20: self = .bson
        case 21: self = .interval
        default: return nil
        }
    }

    /// Reads the union `LogicalType`.
    init(_ reader: inout CompactReader) throws(Damage) {
        var type: LogicalType?
        try reader.structure { (reader, field) throws(Damage) in
            switch field.id {
            case 1: type = .string
            case 2: type = .map
            case 3: type = .list
            case 4: type = .enumeration
            case 5:
                type = .decimal(scale: try Self.scale(&reader))
                return
            case 6: type = .date
            case 7, 8:
                let (unit, isUTC) = try Self.time(&reader)
                type = field.id == 7 ? .time(unit) : .timestamp(unit, isUTC: isUTC)
                return
            case 10:
                type = .integer(isSigned: try Self.isSigned(&reader))
                return
            case 11: type = .null
            case 12: type = .json
            case 13: type = .bson
            case 14: type = .uuid
            case 15: type = .float16
            default: type = .other(field.id)
            }
            try reader.skip(field)
        }
        self = type ?? .other(0)
    }

    private static func scale(_ reader: inout CompactReader) throws(Damage) -> Int {
        var scale = 0
        try reader.structure { (reader, field) throws(Damage) in
            if field.id == 1 {
                scale = Int(try reader.integer(field))
            } else {
                try reader.skip(field)
            }
        }
        return scale
    }

    private static func time(_ reader: inout CompactReader) throws(Damage) -> (Unit, Bool) {
        var unit = Unit.microseconds
        var isUTC = false
        try reader.structure { (reader, field) throws(Damage) in
            switch field.id {
            case 1: isUTC = try reader.flag(field)
            case 2:
                try reader.structure { (reader, field) throws(Damage) in
                    switch field.id {
                    case 1: unit = .milliseconds
                    case 3: unit = .nanoseconds
                    default: unit = .microseconds
                    }
                    try reader.skip(field)
                }
            default: try reader.skip(field)
            }
        }
        return (unit, isUTC)
    }

    private static func isSigned(_ reader: inout CompactReader) throws(Damage) -> Bool {
        var isSigned = true
        try reader.structure { (reader, field) throws(Damage) in
            if field.id == 2 {
                isSigned = try reader.flag(field)
            } else {
                try reader.skip(field)
            }
        }
        return isSigned
    }
}
