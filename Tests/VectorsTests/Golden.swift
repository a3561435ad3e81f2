import Foundation

/// Known answers of public reference packages, in the folder `Golden`: its README says which.
enum Golden {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden")

    static func read<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T {
        try JSONDecoder().decode(
            T.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
    }
}

/// Any JSON value, for files whose shape varies from case to case.
indirect enum JSON: Decodable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let box = try decoder.singleValueContainer()
        if box.decodeNil() {
            self = .null
        } else if let value = try? box.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? box.decode(Double.self) {
            self = .number(value)
        } else if let value = try? box.decode(String.self) {
            self = .string(value)
        } else if let value = try? box.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try box.decode([String: JSON].self))
        }
    }

    subscript(key: String) -> JSON {
        if case .object(let members) = self { members[key] ?? .null } else { .null }
    }

    var isNull: Bool { self == .null }
    var number: Double? { if case .number(let value) = self { value } else { nil } }
    var string: String? { if case .string(let value) = self { value } else { nil } }
    var items: [JSON] { if case .array(let values) = self { values } else { [] } }
    var keys: [String] {
        if case .object(let members) = self { members.keys.sorted() } else { [] }
    }
    var numbers: [Double] { items.compactMap(\.number) }
    var integers: [Int] { numbers.map { Int($0) } }
    var table: [[Double]] { items.map(\.numbers) }
}

/// The largest absolute difference; infinite when the lengths differ.
func distance(_ a: [Double], _ b: [Double]) -> Double {
    if a.count != b.count { return .infinity }
    return zip(a, b).map { abs($0 - $1) }.max() ?? 0
}

/// Columns of a table of rows, as labels.
func labelColumns(_ rows: [[Double]]) -> [[Int8]] {
    guard let width = rows.first?.count else { return [] }
    return (0..<width).map { column in rows.map { Int8($0[column]) } }
}

/// Columns of a table of rows.
func columns(_ rows: [[Double]]) -> [[Double]] {
    guard let width = rows.first?.count else { return [] }
    return (0..<width).map { column in rows.map { $0[column] } }
}
