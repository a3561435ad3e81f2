internal import Pipeline
internal import Records
internal import Text

/// The risk of a text in every category that a lexicon speaks for.
struct RiskScan: Sendable {
    let categories: [String]
    /// Each category as the key of a JSON object, with the colon.
    let keys: [[UInt8]]
    private let scan: KeywordScan
    /// For each category: the places of its lexicons in the scan, and whether all must speak.
    private let parts: [(lexicons: [Int], needsAll: Bool)]

    /// - Parameter wanted: The categories that count; empty for all.
    init(_ folder: LexiconFolder, wanted: [String]) throws(Fault) {
        let rules = folder.rules.filter { wanted.isEmpty || wanted.contains($0.category) }
        categories = rules.map(\.category)
        keys = categories.map { category in
            var key: [UInt8] = []
            JSONText.append(category, to: &key)
            return key + [UInt8(ascii: ":")]
        }
        var lexicons: [Lexicon] = []
        for file in folder.files where file.hasSuffix(".tsv") {
            let name = file.split(separator: "/").last.map { String($0.dropLast(4)) } ?? ""
            if rules.contains(where: { $0.lexicons.contains(name) }) {
                lexicons.append(try Lexicon(path: file, category: name))
            }
        }
        let scan = try KeywordScan(lexicons)
        self.scan = scan
        parts = rules.map { rule in
            (rule.lexicons.compactMap { scan.categories.firstIndex(of: $0) }, rule.needsAll)
        }
    }

    /// 0…1 for each of `categories`.
    func risks(of text: String) -> [Double] {
        let found = scan.scan(text).risks
        return parts.map { part in
            guard let first = part.lexicons.first else { return 0 }
            var risk = found[first]
            for lexicon in part.lexicons.dropFirst() {
                risk = part.needsAll ? min(risk, found[lexicon]) : max(risk, found[lexicon])
            }
            return risk
        }
    }
}
