/// The columns of a file that is written; every value may be null, no structure is.
public struct ParquetSchema: Sendable {
    public enum Kind: Sendable, Equatable {
        /// UTF-8.
        case string
        /// UTF-8 that is one JSON value.
        case json
        /// Of 64 bits, signed.
        case integer
    }

    /// A top-level column, or a structure of columns.
    public enum Field: Sendable {
        case column(String, Kind)
        case structure(String, [(name: String, kind: Kind)])
    }

    /// A column that holds values.
    struct Leaf: Sendable {
        var path: [String]
        var kind: Kind

        /// The definition level of a value that is not null.
        var definition: Int { path.count }
    }

    let fields: [Field]
    /// In the order in which values are appended.
    let leaves: [Leaf]

    public init(_ fields: [Field]) {
        self.fields = fields
        leaves = fields.flatMap { field -> [Leaf] in
            switch field {
            case .column(let name, let kind): [Leaf(path: [name], kind: kind)]
            case .structure(let name, let columns):
                columns.map { Leaf(path: [name, $0.name], kind: $0.kind) }
            }
        }
    }

    /// The number of columns that hold values.
    public var columns: Int { leaves.count }
}
