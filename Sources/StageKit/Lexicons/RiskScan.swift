package import Records
internal import Text

/// The risk of a text in every category that a lexicon speaks for.
package struct RiskScan: Sendable {
    package let categories: [String]
    /// Each category as the key of a JSON object, with the colon.
    package let keys: [[UInt8]]
    private let scan: KeywordScan
    /// For each category: its rule, and the places of its lexicons in the scan.
    private let parts: [(rule: LexiconFolder.Rule, places: [Int])]

    /// - Parameter wanted: The categories that count; empty for all.
    package init(_ folder: LexiconFolder, wanted: [String]) throws(Fault) {
        let rules = folder.rules.filter { wanted.isEmpty || wanted.contains($0.category) }
        categories = rules.map(\.category)
        keys = categories.map { category in
            var key: [UInt8] = []
            JSONText.append(category, to: &key)
            return key + [UInt8(ascii: ":")]
        }
        let scan = try KeywordScan(try folder.lexicons(of: rules))
        self.scan = scan
        parts = rules.map { rule in
            (rule, rule.lexicons.compactMap { scan.categories.firstIndex(of: $0) })
        }
    }

    /// 0…1 for each of `categories`.
    package func risks(of text: String) -> [Double] {
        let found = scan.scan(text).risks
        return parts.map { part in
            // Most categories have one lexicon, and need no list of risks.
            if part.places.count == 1 { return found[part.places[0]] }
            return part.rule.risk(part.places.map { found[$0] }) ?? 0
        }
    }
}
