/// Amounts of money as users write them, in millionths of whatever currency they think in.
package enum Money {
    /// `0.15` as 150,000; nil for anything but digits with at most six behind one point.
    ///
    /// Exact: a price must not go through a binary fraction.
    package static func microunits(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts[0].isEmpty, parts[0].utf8.count <= 12,
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } })
        else { return nil }
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        guard parts.count == 1 || !fraction.isEmpty, fraction.utf8.count <= 6,
            let whole = Int64(parts[0]),
            let rest = Int64(fraction + String(repeating: "0", count: 6 - fraction.utf8.count))
        else { return nil }
        return whole * 1_000_000 + rest
    }
}
