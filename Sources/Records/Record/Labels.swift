/// What is known about a text, category by category: 1, 0, or nothing.
///
/// An absent category is unknown, never 0. Kept sorted by the category's UTF-8 bytes, so that
/// equal labels are equal bytes.
public struct Labels: Portable, Hashable {
    /// One category and its value.
    ///
    /// Equal by bytes, as the order is: `String` calls a composed and a decomposed letter equal.
    public struct Label: Sendable, Hashable {
        public let category: String
        public let value: Bool

        public static func == (one: Label, other: Label) -> Bool {
            one.value == other.value && one.category.utf8.elementsEqual(other.category.utf8)
        }

        /// Equal bytes are equal strings, so that `String`'s own hash will do.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(category)
            hasher.combine(value)
        }
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
            return holds(category, at) ? known[at].value : nil
        }
        set {
            let at = position(of: category)
            let exists = holds(category, at)
            switch (newValue, exists) {
            case (let value?, true): known[at] = Label(category: category, value: value)
            case (let value?, false):
                known.insert(Label(category: category, value: value), at: at)
            case (nil, true): known.remove(at: at)
            case (nil, false): break
            }
        }
    }

    public func write(to bytes: inout PortableWriter) {
        known.map(\.category).write(to: &bytes)
        known.map(\.value).write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no labels.
    public init(from bytes: inout PortableReader) throws(Fault) {
        let (categories, values) = (try [String](from: &bytes), try [Bool](from: &bytes))
        guard categories.count == values.count else { throw PortableReader.damaged }
        known = zip(categories, values).map { Label(category: $0, value: $1) }
    }

    private func holds(_ category: String, _ at: Int) -> Bool {
        at < known.count && known[at].category.utf8.elementsEqual(category.utf8)
    }

    /// The first position whose category is not before `category`; lists are short, so a scan.
    private func position(of category: String) -> Int {
        known.firstIndex { !$0.category.utf8.lexicographicallyPrecedes(category.utf8) }
            ?? known.count
    }
}
