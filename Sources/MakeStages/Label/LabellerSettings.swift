internal import Pipeline
internal import Records

/// One element of the setting `labellers`.
struct LabellerSettings: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case model, linear, moderation, lexicon
    }

    var kind: Kind
    var name: String
    var minimumConfidence: Double
    /// Of `linear`, the share of right labels that it states, 0 to 1.
    var precision: Double
    /// The share of its rows that it may pass, 0 to 1.
    var mostPassed: Double
    var threshold: Double?
    var answersNegatives: Bool
    var moderationModel: String
    /// Our category → those of the moderation endpoint.
    var categories: [(key: String, values: [String])]

    /// Whether its answers come from an endpoint.
    var asks: Bool { kind == .model || kind == .moderation }

    /// - Parameter isLast: Whether nobody takes what it passes.
    init(_ reader: SettingsReader, _ taxonomy: Taxonomy?, isLast: Bool = true) {
        kind = reader.choice("use", .model, help: "Which kind of labeller.")
        name = reader.string("name", kind.rawValue, help: "What `labelled_by` says.")
        minimumConfidence = reader.number(
            "min_confidence", 0, in: 0...1,
            help: "Below this the labeller passes, and the next one takes the row; of `linear`, "
                + "each label needs it besides its floor.")
        mostPassed =
            reader.optionalNumber(
                "max_passed", in: 0...1,
                help: "The share of its rows that the labeller may pass before the run ends with "
                    + "exit code 1; 0.5 for the last of the list, 1 for the others and `linear`.")
            ?? (isLast && kind != .linear ? 0.5 : 1)
        precision = 0
        threshold = nil
        answersNegatives = true
        moderationModel = ""
        categories = []
        // All kinds' settings are documented, although one labeller has one kind's alone.
        if kind == .linear || reader.isDocumenting {
            precision = reader.number(
                "precision", 0.9, in: 0...0.99,
                help: "The least share of right labels, in each category, that labelled rows show "
                    + "which its models had not seen: it decides from which probability on a "
                    + "label is given.")
        }
        if kind == .lexicon || reader.isDocumenting {
            threshold = reader.number(
                "threshold", 0.5, in: 0...1, help: "The risk from which a category is 1.")
            answersNegatives = reader.flag(
                "answer_negatives", true,
                help: "Whether a text without any phrase of a category is labelled 0 in it; "
                    + "otherwise the labeller passes when it finds nothing.")
        }
        if kind == .moderation || reader.isDocumenting {
            threshold = reader.optionalNumber(
                "threshold", in: 0...1, help: "Reads scores instead of the endpoint's own flags.")
            moderationModel = reader.string(
                "model", "omni-moderation-latest", help: "The moderation model.")
            categories = reader.lists(
                "categories", help: "A category of ours → those of the endpoint that speak for it.")
            if categories.isEmpty { categories = Self.sameNames(taxonomy) }
            check(reader, taxonomy)
        }
        reader.finish()
    }

    /// OpenAI's own categories (openai-python 3.52.0, types), where ours are called the same.
    private static func sameNames(_ taxonomy: Taxonomy?) -> [(key: String, values: [String])] {
        let known = [
            "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit",
            "illicit/violent", "self-harm", "self-harm/intent", "self-harm/instructions",
            "sexual", "sexual/minors", "violence", "violence/graphic",
        ]
        return (taxonomy?.categories ?? []).filter { known.contains($0.id) }
            .map { ($0.id, [$0.id]) }
    }

    private func check(_ reader: SettingsReader, _ taxonomy: Taxonomy?) {
        guard let taxonomy else { return }
        let ids = taxonomy.categories.map(\.id)
        if categories.isEmpty {
            reader.fault(
                "categories", "the moderation labeller has no `categories`",
                hint: "write `categories: {threats: [violence, harassment/threatening]}`")
        }
        for (ours, theirs) in categories {
            if !ids.contains(ours) {
                reader.fault(
                    "categories", "there is no category `\(ours)`",
                    hint: NearestName.hint(ours, in: ids))
            }
            if theirs.isEmpty {
                reader.fault("categories", "`\(ours)` has no category of the endpoint")
            }
        }
    }
}
