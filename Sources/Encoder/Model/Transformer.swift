internal import CKernels
internal import Records

/// The layers of BERT over one batch, and those of its relatives (`Architecture`).
///
/// Method: Devlin and others 2019; the arithmetic of Hugging Face transformers' modeling_bert.py,
/// modeling_mpnet.py and so on without dropout. Rows pass everything between two attentions in
/// blocks, from one product to the next while they are in the nearest cache.
struct Transformer: Sendable {
    let settings: ModelSettings
    let weights: Weights
    let product: GEMM
    let level: ckernels_level
    /// The weights of each layer's four products in bfloat16; none for fp32.
    private let packed: [PackedLayer]

    /// The name of the bf16 kernels; nil for fp32.
    var kernel: String? { packed.first?.inner.kernel }

    struct PackedLayer: Sendable {
        var attention, projection, inner, outer: PackedMatrix
    }

    init(
        settings: ModelSettings, weights: Weights, product: GEMM, level: ckernels_level
    ) throws(Fault) {
        self.settings = settings
        self.weights = weights
        self.product = product
        self.level = level
        packed = product.precision == .bf16 ? try Self.pack(weights, settings) : []
    }

    /// Room for batches of up to `rows` tokens and texts of up to `longest`.
    func workspace(rows: Int, longest: Int) -> Workspace {
        let room = ckernels_attention_room(Int32(longest), Int32(settings.headWidth))
        return Workspace(
            settings, product.precision, rows: roundedUp(rows, to: product.rowStep),
            block: product.packs ? GEMM.blockRows : longest, room: room)
    }

    /// One unit vector of `width` for each text, given as token identifiers; row-major.
    ///
    /// `promptTokens` is how many tokens at a text's start pooling leaves out.
    func encode(
        _ texts: [[Int32]], promptTokens: Int, _ workspace: Workspace
    ) -> [Float] {
        let layout = BatchLayout(texts, product, positions: settings.positions)
        weights.numbers.withUnsafeBufferPointer { numbers in
            guard let numbers = numbers.baseAddress else { return }
            for block in layout.blocks {
                embed(layout, block, numbers, workspace)
                project(0, block, numbers, workspace)
            }
            for layer in weights.layers.indices {
                attend(weights.layers[layer], layout, numbers, workspace)
                for block in layout.blocks {
                    feedForward(layer, block, layout.filled(block), numbers, workspace)
                    if layer + 1 < weights.layers.count {
                        project(layer + 1, block, numbers, workspace)
                    }
                }
            }
        }
        let width = settings.width
        let spans = layout.spans
        return [Float](unsafeUninitializedCapacity: spans.count * width) { vectors, count in
            count = spans.count * width
            guard let vectors = vectors.baseAddress else { return }
            for (index, span) in spans.enumerated() {
                let pooled = settings.modules.pooling.rows(of: span, promptTokens: promptTokens)
                ckernels_mean_unit(
                    level, vectors + index * width, workspace.hidden + pooled.lowerBound * width,
                    Int32(pooled.count), Int32(width))
            }
        }
    }

    private func embed(
        _ layout: BatchLayout, _ block: Range<Int>, _ numbers: UnsafePointer<Float>,
        _ workspace: Workspace
    ) {
        let width = settings.width
        for row in layout.filled(block) {
            // A narrow word is widened where the row's result comes to stand.
            let out = workspace.hidden + row * width
            let word = weights.words.row(
                at: Int(layout.tokens[row]) * width, count: width, out)
            let half = workspace.hiddenHalf + (row - block.lowerBound) * width
            ckernels_embed(
                level, out, workspace.hasHalves ? half : nil, word,
                numbers + weights.positions + Int(layout.positions[row]) * width,
                numbers + weights.type, numbers + weights.embeddingGain,
                numbers + weights.embeddingShift, Int32(width), settings.normEpsilon)
        }
        // The rest of the last step of rows belongs to nobody; it must only be finite.
        for row in layout.filled(block).upperBound..<block.upperBound {
            (workspace.hidden + row * width).update(repeating: 0, count: width)
        }
    }

    /// out = x · matrix for a block of rows; `half` is x in 16 bits.
    private func multiply(
        _ x: UnsafePointer<Float>, _ half: UnsafePointer<UInt16>, rows: Int, inputs: Int,
        _ matrix: UnsafePointer<Float>, _ packed: PackedMatrix?, outputs: Int,
        into out: UnsafeMutablePointer<Float>
    ) {
        guard let packed else {
            GEMM.multiply(
                product.library, x, rows: rows, inputs: inputs, matrix, outputs: outputs,
                into: out)
            return
        }
        // Only memory can be missing; `encode` refuses what is not a number.
        if !packed.multiply(half, rows: rows, into: out) {
            out.update(repeating: .nan, count: rows * outputs)
        }
    }

    /// The layer's queries, keys and values of a block of rows, without their bias.
    private func project(
        _ index: Int, _ block: Range<Int>, _ numbers: UnsafePointer<Float>,
        _ workspace: Workspace
    ) {
        let width = settings.width
        multiply(
            workspace.hidden + block.lowerBound * width, workspace.hiddenHalf, rows: block.count,
            inputs: width, numbers + weights.layers[index].attention,
            packed.isEmpty ? nil : packed[index].attention, outputs: 3 * width,
            into: workspace.attention + block.lowerBound * 3 * width)
    }

    private func attend(
        _ layer: Weights.Layer, _ layout: BatchLayout, _ numbers: UnsafePointer<Float>,
        _ workspace: Workspace
    ) {
        let width = settings.width
        let relative = weights.relative.map { numbers + $0 }
        for span in layout.spans {
            let half = workspace.contextHalf + span.lowerBound * width
            ckernels_attention(
                level, workspace.attention + span.lowerBound * 3 * width,
                numbers + layer.attentionBias, Int32(span.count), Int32(settings.heads),
                Int32(settings.headWidth), relative, weights.relativeStride, workspace.room,
                workspace.context + (workspace.hasHalves ? 0 : span.lowerBound * width),
                workspace.hasHalves ? half : nil)
        }
    }

    /// All of a layer behind its attention, for a block of rows, of which `filled` belong to texts.
    private func feedForward(
        _ index: Int, _ block: Range<Int>, _ filled: Range<Int>,
        _ numbers: UnsafePointer<Float>, _ workspace: Workspace
    ) {
        let (width, inner) = (settings.width, settings.innerWidth)
        let layer = weights.layers[index]
        let packed = packed.isEmpty ? nil : packed[index]
        let start = block.lowerBound * width
        let hidden = workspace.hidden + start
        let rows = Int32(filled.count)
        multiply(
            workspace.context + (workspace.hasHalves ? 0 : start),
            workspace.contextHalf + (workspace.hasHalves ? start : 0), rows: block.count,
            inputs: width, numbers + layer.projection, packed?.projection, outputs: width,
            into: workspace.result)
        ckernels_residual_norm(
            level, workspace.result, workspace.hasHalves ? workspace.resultHalf : nil, rows,
            Int32(width), numbers + layer.projectionBias, hidden,
            numbers + layer.projectionGain, numbers + layer.projectionShift,
            settings.normEpsilon)
        multiply(
            workspace.result, workspace.resultHalf, rows: block.count, inputs: width,
            numbers + layer.inner, packed?.inner, outputs: inner, into: workspace.inner)
        ckernels_bias_gelu(
            level, workspace.inner, workspace.hasHalves ? workspace.innerHalf : nil, rows,
            Int32(inner), numbers + layer.innerBias)
        multiply(
            workspace.inner, workspace.innerHalf, rows: block.count, inputs: inner,
            numbers + layer.outer, packed?.outer, outputs: width, into: hidden)
        ckernels_residual_norm(
            level, hidden, workspace.hasHalves ? workspace.hiddenHalf : nil, rows, Int32(width),
            numbers + layer.outerBias, workspace.result, numbers + layer.outerGain,
            numbers + layer.outerShift, settings.normEpsilon)
    }
}

extension Transformer {
    private static func pack(
        _ weights: Weights, _ settings: ModelSettings
    ) throws(Fault) -> [PackedLayer] {
        let (width, inner) = (settings.width, settings.innerWidth)
        var layers: [PackedLayer] = []
        for layer in weights.layers {
            let matrices = weights.numbers.withUnsafeBufferPointer { numbers in
                [
                    (layer.attention, width, 3 * width), (layer.projection, width, width),
                    (layer.inner, width, inner), (layer.outer, inner, width),
                ].compactMap { start, inputs, outputs in
                    numbers.baseAddress.flatMap {
                        PackedMatrix($0 + start, inputs: inputs, outputs: outputs)
                    }
                }
            }
            guard matrices.count == 4 else {
                throw Fault(
                    .configuration, "oneDNN has no bf16 kernel for the model's layers",
                    why: "width \(width), inner width \(inner)", hint: "use precision: fp32")
            }
            layers.append(
                PackedLayer(
                    attention: matrices[0], projection: matrices[1], inner: matrices[2],
                    outer: matrices[3]))
        }
        return layers
    }
}
