import FoundationEssentials

/// What sentence-transformers says; made by Benchmarks/embedding/make_goldens.py.
struct Golden: Decodable {
    struct Row: Decodable {
        var text: String
        var ids: [Int32]
        /// The first eight components.
        var vector: [Float]
    }

    var rows: [Row]

    static func load() throws -> Golden {
        let path =
            URL(filePath: #filePath).deletingLastPathComponent().path
            + "/Golden/sentence_transformers.json"
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(filePath: path)))
    }
}
