internal import Records

/// The names of class labels by top-level column, out of the features that Hugging Face's
/// `datasets` writes into a file (`{"info":{"features":{"label":{"names":[…]}}}}`).
struct ClassNames {
    private static let deepest = 8

    private var names: [String: [String]] = [:]

    /// What cannot be understood gives no names.
    init(_ json: String?) {
        guard let json, let info = Self.members(Array(json.utf8))["info"],
            let features = Self.members(info)["features"]
        else { return }
        for (column, feature) in Self.members(features) {
            names[column] = Self.names(in: feature, depth: 0)
        }
    }

    subscript(column: String) -> [String]? { names[column] }

    /// The names of a feature, or of what a list of such features holds.
    private static func names(in feature: [UInt8], depth: Int) -> [String]? {
        let members = members(feature)
        if let list = members["names"] {
            var parser = JSONParser()
            return try? parser.children(of: list) { $0.compactMap(\.string) }
        }
        guard depth < deepest, let inner = members["feature"] else { return nil }
        return names(in: inner, depth: depth + 1)
    }

    private static func members(_ json: [UInt8]) -> [String: [UInt8]] {
        guard json.first == UInt8(ascii: "{") else { return [:] }
        var parser = JSONParser()
        let pairs = try? parser.children(of: json) { fields in
            fields.map { ($0.key, Array($0.raw)) }
        }
        return Dictionary(pairs ?? []) { first, _ in first }
    }
}
