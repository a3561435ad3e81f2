package import Pipeline
package import Records

/// The side of the split that a row is on: its line in the sidecar of `split`.
package enum SplitSide: String, Portable, CaseIterable {
    case train, val, test

    package static let sidecar = "split"
    private static let key: StaticString = "split"

    /// Nil for a row without a side, unlabelled ones among them.
    ///
    /// - Throws: `badData` for a line that is no JSON.
    package init?(_ row: Row, _ parser: inout JSONParser) throws(Fault) {
        guard let line = row.object(Self.sidecar) else { return nil }
        let side = try parser.children(of: line) { $0[Self.key]?.string }
        guard let side, let known = SplitSide(rawValue: side) else { return nil }
        self = known
    }

    /// The line of a row that goes to the file of that name.
    ///
    /// - Parameter fold: The row's fold of a cross-validation, from 0.
    package static func line(_ name: String, fold: Int? = nil) -> [UInt8] {
        var object = JSONObject()
        object[key.description] = .string(name)
        if let fold { object["fold"] = .integer(fold) }
        return object.bytes
    }
}
