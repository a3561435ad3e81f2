package import Pipeline
package import Records

/// A row's line in the sidecar of `mislabels`: what is said of its labels.
package struct MislabelsNote {
    package static let sidecar = "mislabels"

    private static let flagsKey: StaticString = "flags"
    private static let relabelKey: StaticString = "relabel"

    /// How well the row's labels agree with the models, 0...1, low for suspicious; nil without a
    /// judged label.
    package var quality: Double?
    /// The part of the rows, from 0, that the models judging this row did not learn from; nil
    /// without models.
    package var fold: Int?
    /// Category → how suspicious the label is, near 1 for suspicious.
    package var scores: [(category: String, suspicion: Double)] = []
    /// Categories whose labels are probably wrong.
    package var flags: [String]
    /// Whether a person looks at one of the labels.
    package var isAudited = false
    /// Whether the row goes back to be labelled.
    package var needsLabel: Bool

    package init(
        quality: Double?, fold: Int?, scores: [(category: String, suspicion: Double)],
        flags: [String], isAudited: Bool, needsLabel: Bool
    ) {
        self.quality = quality
        self.fold = fold
        self.scores = scores
        self.flags = flags
        self.isAudited = isAudited
        self.needsLabel = needsLabel
    }

    /// Reads the flags and whether the row goes back.
    ///
    /// - Throws: `badData` for a line that is no JSON.
    package init?(_ row: Row, _ parser: inout JSONParser) throws(Fault) {
        guard let line = row.object(Self.sidecar) else { return nil }
        let (list, needsLabel) = try parser.children(of: line) { fields -> ([UInt8]?, Bool) in
            guard let flags = fields[Self.flagsKey], case .array = flags.kind else {
                return (nil, fields.isTrue(Self.relabelKey))
            }
            return (Array(flags.raw), fields.isTrue(Self.relabelKey))
        }
        self.needsLabel = needsLabel
        flags = []
        if let list { flags = try parser.children(of: list) { $0.compactMap(\.string) } }
    }

    package var line: [UInt8] {
        var numbers = JSONObject()
        for score in scores { numbers[score.category] = .number(score.suspicion) }
        var object = JSONObject()
        object["quality"] = quality.map { .number($0) } ?? .null
        object["fold"] = fold.map { .integer($0) } ?? .null
        object["scores"] = .raw(numbers.bytes)
        object[Self.flagsKey.description] = .strings(flags)
        object["audit"] = .boolean(isAudited)
        object[Self.relabelKey.description] = .boolean(needsLabel)
        return object.bytes
    }
}
