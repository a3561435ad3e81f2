/// What is known about a text, category by category: 1, 0, or nothing.
///
/// An absent category is unknown, never 0. Kept sorted by the category's UTF-8 bytes, so that
/// equal labels are equal bytes.
public struct Labels: Sendable, Hashable {
    public struct Label: Sendable, Hashable {
        public let category: String
        public let value: Bool
    }

    /// The known categories in order.
    public private(set) var known: [Label] = []

    public init() {}

    public init(_ values: [String: Bool]) {
        for (category, value) in values { self[category] = value }
    }

    public var isEmpty: Bool { known.isEmpty }

    /// The categories that are 1, in order.
    public var positives: [String] { known.filter(\.value).map(\.category) }

    /// The category's value; nil is unknown.
    public subscript(category: String) -> Bool? {
        get {
            let at = position(of: category)
            return at < known.count && known[at].category == category ? known[at].value : nil
        }
        set {
            let at = position(of: category)
            let exists = at < known.count && known[at].category == category
            switch (newValue, exists) {
            case (let value?, true): known[at] = Label(category: category, value: value)
            case (let value?, false):
                known.insert(Label(category: category, value: value), at: at)
            case (nil, true): known.remove(at: at)
            case (nil, false): break
            }
        }
    }

    /// The first position whose category is not before `category`; lists are short, so a scan.
    private func position(of category: String) -> Int {
        known.firstIndex { !$0.category.utf8.lexicographicallyPrecedes(category.utf8) }
            ?? known.count
    }
}
