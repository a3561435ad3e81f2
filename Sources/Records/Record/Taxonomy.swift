/// The categories that texts are labelled with, and the policy of each.
public struct Taxonomy: Sendable, Equatable {
    public var name: String
    public var version: Int
    /// Whether a text has exactly one category.
    public var isSingleLabel: Bool
    /// Whether texts may open with a platform prefix, `[GENERAL|ADULT][BIO|MESSAGE|…]`.
    public var hasPlatformPrefix: Bool
    public var categories: [Category]

    public init(
        name: String, version: Int = 1, isSingleLabel: Bool = false,
        hasPlatformPrefix: Bool = false, categories: [Category]
    ) {
        self.name = name
        self.version = version
        self.isSingleLabel = isSingleLabel
        self.hasPlatformPrefix = hasPlatformPrefix
        self.categories = categories
    }

    public subscript(id: String) -> Category? { categories.first { $0.id == id } }

    /// `id`, its parents, their parents and so on, each once, `id` first.
    public func closure(of id: String) -> [String] {
        var result = [id]
        var at = 0
        while at < result.count {
            for parent in self[result[at]]?.implies ?? [] where !result.contains(parent) {
                result.append(parent)
            }
            at += 1
        }
        return result
    }
}

/// One category of a taxonomy.
public struct Category: Sendable, Equatable {
    public enum Severity: String, Sendable, CaseIterable {
        case low, medium, high, critical
    }

    /// Whether texts may be generated for a category.
    public enum Synthesis: String, Sendable, CaseIterable {
        case allow, deny
    }

    /// A text near the category's border, with its label and the reason.
    public struct Example: Sendable, Equatable {
        public var text: String
        public var label: Bool
        public var why: String

        public init(text: String, label: Bool, why: String) {
            self.text = text
            self.label = label
            self.why = why
        }
    }

    public var id: String
    public var title: String
    public var severity: Severity
    public var definition: String
    /// What the category is not, a sentence each.
    public var not: [String]
    /// Rules for texts at the border, a sentence with the decision each.
    public var borderline: [String]
    public var examples: [Example]
    /// Categories that are 1 wherever this one is.
    public var implies: [String]
    /// The category that takes this one's rows when there are too few of them.
    public var mergeInto: String?
    /// Below how many rows this category is merged.
    public var mergeBelowRows: Int
    /// What the taxonomy's file says; ``synthesis`` is what holds.
    private let declaredSynthesis: Synthesis

    public init(
        id: String, title: String? = nil, severity: Severity = .medium,
        synthesis: Synthesis = .allow, definition: String = "", not: [String] = [],
        borderline: [String] = [], examples: [Example] = [], implies: [String] = [],
        mergeInto: String? = nil, mergeBelowRows: Int = 0
    ) {
        self.id = id
        self.title = title ?? id
        self.severity = severity
        self.declaredSynthesis = synthesis
        self.definition = definition
        self.not = not
        self.borderline = borderline
        self.examples = examples
        self.implies = implies
        self.mergeInto = mergeInto
        self.mergeBelowRows = mergeBelowRows
    }

    /// Whether texts may be generated.
    ///
    /// Sexual content involving minors never is: no file and no flag overrides this.
    public var synthesis: Synthesis {
        SynthesisPolicy.isAlwaysDenied(id) ? .deny : declaredSynthesis
    }
}

/// The part of the synthesis policy that is code, so that no taxonomy file can loosen it.
public enum SynthesisPolicy {
    /// Whether a category is about sexual content involving minors, by its identifier or any
    /// usual spelling of it.
    public static func isAlwaysDenied(_ category: String) -> Bool {
        let words = category.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        if words.contains(where: { denied.contains($0) }) { return true }
        let sexual = words.contains { $0.hasPrefix("sex") || $0.hasPrefix("porn") }
        return sexual && words.contains { minors.contains($0) }
    }

    private static let denied: Set<String> = ["csam", "csem", "csae", "cse", "cp", "cocsa"]
    private static let minors: Set<String> = [
        "minor", "minors", "child", "children", "kid", "kids", "teen", "teens", "underage",
        "juvenile", "juveniles", "youth",
    ]
}
