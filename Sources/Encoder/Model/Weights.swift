internal import Records

/// The model's numbers, laid out for row-major products.
///
/// PyTorch keeps a linear layer as [out, in]; here it is turned once to [in, out], with query, key
/// and value side by side, which saves a transposition in every product. The word vectors stay in
/// the mapped file: only the rows that are used are ever read, and widened if they are narrow.
struct Weights: Sendable {
    /// Where one layer's pieces begin in `numbers`.
    struct Layer: Sendable {
        var attention, attentionBias: Int
        var projection, projectionBias, projectionGain, projectionShift: Int
        var inner, innerBias: Int
        var outer, outerBias, outerGain, outerShift: Int
    }

    private(set) var numbers: [Float] = []
    private(set) var layers: [Layer] = []
    /// [vocabulary, width].
    let words: Tensor
    private(set) var positions = 0
    /// A row that is added to every token; zeros for a model without token types.
    private(set) var type = 0
    private(set) var embeddingGain = 0
    private(set) var embeddingShift = 0
    /// Where the numbers that relative attention adds to scores are; nil for models without.
    ///
    /// Each head has a line of them by how far a key stands behind its query; this is the middle of
    /// the first head's line, distance 0.
    private(set) var relative: Int?
    /// From one head's middle to the next's.
    private(set) var relativeStride = 0

    init(_ files: WeightFiles, _ settings: ModelSettings) throws(Fault) {
        let (width, inner) = (settings.width, settings.innerWidth)
        words = try files.tensor(
            "embeddings.word_embeddings.weight", [settings.vocabulary, width])
        let perLayer = 4 * width * width + 2 * width * inner + 9 * width + inner
        let lines = settings.buckets == 0 ? 0 : 2 * settings.heads * settings.maximumTokens
        numbers.reserveCapacity(
            settings.layers * perLayer + (settings.positions + 3) * width + lines)
        numbers.withUnsafeBytes {
            guard let start = $0.baseAddress else { return }
            preferLargePages(start, byteCount: numbers.capacity * 4)
        }
        positions = try add(
            files, "embeddings.position_embeddings.weight", [settings.positions, width])
        type = try addType(files, settings)
        embeddingGain = try add(files, "embeddings.LayerNorm.weight", [width])
        embeddingShift = try add(files, "embeddings.LayerNorm.bias", [width])
        for index in 0..<settings.layers {
            layers.append(try layer(files, settings, index))
        }
        if settings.buckets > 0 { try addRelative(files, settings) }
    }

    private mutating func layer(
        _ files: WeightFiles, _ settings: ModelSettings, _ index: Int
    ) throws(Fault) -> Layer {
        let (width, inner) = (settings.width, settings.innerWidth)
        let names = settings.architecture.layerNames
        let start = "\(names.layers)\(index)."
        let parts = [names.queries, names.keys, names.values].map { start + $0 }
        let attention = try addTransposed(
            files, parts.map { $0 + ".weight" }, rows: width, columns: width)
        let attentionBias = numbers.count
        for part in parts { _ = try add(files, part + ".bias", [width]) }
        return Layer(
            attention: attention, attentionBias: attentionBias,
            projection: try addTransposed(
                files, [start + names.projection + ".weight"], rows: width, columns: width),
            projectionBias: try add(files, start + names.projection + ".bias", [width]),
            projectionGain: try add(files, start + names.projectionNorm + ".weight", [width]),
            projectionShift: try add(files, start + names.projectionNorm + ".bias", [width]),
            inner: try addTransposed(
                files, [start + names.inner + ".weight"], rows: inner, columns: width),
            innerBias: try add(files, start + names.inner + ".bias", [inner]),
            outer: try addTransposed(
                files, [start + names.outer + ".weight"], rows: width, columns: inner),
            outerBias: try add(files, start + names.outer + ".bias", [width]),
            outerGain: try add(files, start + names.outerNorm + ".weight", [width]),
            outerShift: try add(files, start + names.outerNorm + ".bias", [width]))
    }

    /// Every token is of type 0: that is the first row of the table.
    private mutating func addType(
        _ files: WeightFiles, _ settings: ModelSettings
    ) throws(Fault) -> Int {
        guard settings.tokenTypes == 0 else {
            return try add(
                files, "embeddings.token_type_embeddings.weight",
                [settings.tokenTypes, settings.width])
        }
        let start = numbers.count
        numbers.append(contentsOf: repeatElement(0, count: settings.width))
        return start
    }

    private mutating func addRelative(
        _ files: WeightFiles, _ settings: ModelSettings
    ) throws(Fault) {
        let (heads, longest) = (settings.heads, settings.maximumTokens)
        let table = Weights.floats(
            try files.tensor(
                "encoder.relative_attention_bias.weight", [settings.buckets, heads]))
        relative = numbers.count + longest - 1
        relativeStride = 2 * longest - 1
        for head in 0..<heads {
            numbers += RelativeBias.line(table, heads: heads, head: head, longest: longest)
        }
    }

    private static func floats(_ tensor: Tensor) -> [Float] {
        [Float](unsafeUninitializedCapacity: tensor.count) { target, count in
            guard let start = target.baseAddress else { return }
            tensor.read(0..<tensor.count, into: start)
            count = tensor.count
        }
    }

    /// Appends a tensor as it is; returns where it begins.
    private mutating func add(
        _ files: WeightFiles, _ name: String, _ shape: [Int]
    ) throws(Fault) -> Int {
        let start = numbers.count
        numbers.append(contentsOf: Weights.floats(try files.tensor(name, shape)))
        return start
    }

    /// Appends [out, in] matrices as one [in, out · names.count]; returns where it begins.
    private mutating func addTransposed(
        _ files: WeightFiles, _ names: [String], rows: Int, columns: Int
    ) throws(Fault) -> Int {
        let start = numbers.count
        let sources = try names.map { name throws(Fault) in
            try files.tensor(name, [rows, columns])
        }
        let stride = rows * names.count
        let all = [Float](unsafeUninitializedCapacity: stride * columns) { target, count in
            for (part, source) in sources.enumerated() {
                transpose(
                    source, rows: rows, columns: columns, into: target, at: part * rows,
                    stride: stride)
            }
            count = stride * columns
        }
        numbers.append(contentsOf: all)
        return start
    }
}

/// Writes source[r, c] to target[c, at + r], in squares small enough for the nearest cache.
private func transpose(
    _ source: Tensor, rows: Int, columns: Int, into target: UnsafeMutableBufferPointer<Float>,
    at: Int, stride: Int
) {
    guard let to = target.baseAddress else { return }
    let side = 16
    withUnsafeTemporaryAllocation(of: Float.self, capacity: side * columns) { room in
        guard let room = room.baseAddress else { return }
        var top = 0
        while top < rows {
            let height = min(side, rows - top)
            let from = source.row(at: top * columns, count: height * columns, room)
            var left = 0
            while left < columns {
                let right = min(left + side, columns)
                var column = left
                while column < right {
                    let line = to + column * stride + at + top
                    var row = 0
                    while row < height {
                        line[row] = from[row * columns + column]
                        row += 1
                    }
                    column += 1
                }
                left = right
            }
            top += height
        }
    }
}
