import Foundation
import Records

/// Known answers of public reference packages, in the folder `Golden`: its README says which.
enum Golden {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden")

    static func read<T: Decodable>(_ name: String, as type: T.Type) throws -> T {
        try JSONDecoder().decode(
            T.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func read(_ name: String) throws -> JSONValue {
        let file = folder.appendingPathComponent(name)
        return try JSONValue(Data(contentsOf: file), path: file.path)
    }
}

/// Answers whose shape varies from case to case; what is not there is null, nothing or empty.
extension JSONValue? {
    subscript(key: String) -> JSONValue? { self.flatMap { $0[key] } }

    var isNull: Bool { self?.isNull ?? true }
    var number: Double? { self?.double }
    var string: String? { self?.string }
    var items: [JSONValue] { self?.array ?? [] }
    var keys: [String] { (self?.members ?? []).map(\.key).sorted() }
    var numbers: [Double] { items.compactMap(\.double) }
    var integers: [Int] { items.compactMap(\.integer) }
    var table: [[Double]] { items.map(\.numbers) }
}

extension JSONValue {
    var numbers: [Double] { Optional(self).numbers }
    var integers: [Int] { Optional(self).integers }
    var items: [JSONValue] { array ?? [] }
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
