/// What contrast sets are made of and how their cells are labelled.
public struct CounterfactualSettings: Sendable {
    /// One category and the cells whose label is known in it.
    public struct Category: Sendable {
        public var name: String
        public var undesired: Set<Cell>
        public var safe: Set<Cell>

        public init(_ name: String, undesired: Set<Cell>, safe: Set<Cell>) {
            self.name = name
            self.undesired = undesired
            self.safe = safe
        }

        /// A protected group and a negative trait is undesired; all else is safe.
        public static func hate(_ name: String = "hate") -> Category {
            Category(name, undesired: [.gn, .hn], safe: [.gp, .hp, .on, .op, .qn, .in])
        }
    }

    public var seed: UInt64 = 0
    /// The first one decides `ContrastRow.isUndesired`.
    public var categories: [Category] = [.hate()]
    /// In the order of the rows; GN is always there.
    public var cells: [Cell] = Cell.allCases

    public init() {}
}
