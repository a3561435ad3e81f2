internal import Records

/// The model's numbers, laid out for row-major products.
///
/// PyTorch keeps a linear layer as [out, in]; here it is turned once to [in, out], with query, key
/// and value side by side, which saves a transposition in every product. The word vectors stay in
/// the mapped file: only the rows that are used are ever read.
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
    private let file: MappedFile
    private let wordsOffset: Int
    private let wordsCount: Int
    private(set) var positions = 0
    private(set) var type = 0
    private(set) var embeddingGain = 0
    private(set) var embeddingShift = 0

    /// [vocabulary, width]; valid as long as the weights are kept.
    var words: UnsafeBufferPointer<Float> { file.floats(at: wordsOffset, count: wordsCount) }

    init(_ file: Safetensors, _ settings: ModelSettings) throws(Fault) {
        let (width, inner) = (settings.width, settings.innerWidth)
        self.file = file.file
        wordsCount = settings.vocabulary * width
        wordsOffset = try file.offset(
            "embeddings.word_embeddings.weight", shape: [settings.vocabulary, width])
        let perLayer = 4 * width * width + 2 * width * inner + 9 * width + inner
        numbers.reserveCapacity(
            settings.layers * perLayer + (settings.positions + 3) * width)
        positions = try add(
            file, "embeddings.position_embeddings.weight", [settings.positions, width])
        // Every token is of type 0: that is the first row of the table.
        type = try add(
            file, "embeddings.token_type_embeddings.weight", [settings.tokenTypes, width])
        embeddingGain = try add(file, "embeddings.LayerNorm.weight", [width])
        embeddingShift = try add(file, "embeddings.LayerNorm.bias", [width])
        for index in 0..<settings.layers {
            layers.append(try layer(file, "encoder.layer.\(index).", width, inner))
        }
    }

    private mutating func layer(
        _ file: Safetensors, _ name: String, _ width: Int, _ inner: Int
    ) throws(Fault) -> Layer {
        let parts = ["query", "key", "value"].map { name + "attention.self.\($0)." }
        let attention = try addTransposed(
            file, parts.map { $0 + "weight" }, rows: width, columns: width)
        let attentionBias = numbers.count
        for part in parts { _ = try add(file, part + "bias", [width]) }
        let projection = name + "attention.output."
        return Layer(
            attention: attention, attentionBias: attentionBias,
            projection: try addTransposed(
                file, [projection + "dense.weight"], rows: width, columns: width),
            projectionBias: try add(file, projection + "dense.bias", [width]),
            projectionGain: try add(file, projection + "LayerNorm.weight", [width]),
            projectionShift: try add(file, projection + "LayerNorm.bias", [width]),
            inner: try addTransposed(
                file, [name + "intermediate.dense.weight"], rows: inner, columns: width),
            innerBias: try add(file, name + "intermediate.dense.bias", [inner]),
            outer: try addTransposed(
                file, [name + "output.dense.weight"], rows: width, columns: inner),
            outerBias: try add(file, name + "output.dense.bias", [width]),
            outerGain: try add(file, name + "output.LayerNorm.weight", [width]),
            outerShift: try add(file, name + "output.LayerNorm.bias", [width]))
    }

    /// Appends a tensor as it is; returns where it begins.
    private mutating func add(
        _ file: Safetensors, _ name: String, _ shape: [Int]
    ) throws(Fault) -> Int {
        let start = numbers.count
        numbers.append(contentsOf: try file.floats(name, shape: shape))
        return start
    }

    /// Appends [out, in] matrices as one [in, out · names.count]; returns where it begins.
    private mutating func addTransposed(
        _ file: Safetensors, _ names: [String], rows: Int, columns: Int
    ) throws(Fault) -> Int {
        let start = numbers.count
        let sources = try names.map { name throws(Fault) in
            try file.floats(name, shape: [rows, columns])
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
    _ source: UnsafeBufferPointer<Float>, rows: Int, columns: Int,
    into target: UnsafeMutableBufferPointer<Float>, at: Int, stride: Int
) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    let side = 16
    var top = 0
    while top < rows {
        let bottom = min(top + side, rows)
        var left = 0
        while left < columns {
            let right = min(left + side, columns)
            var column = left
            while column < right {
                let line = to + column * stride + at
                var row = top
                while row < bottom {
                    line[row] = from[row * columns + column]
                    row += 1
                }
                column += 1
            }
            left = right
        }
        top = bottom
    }
}
