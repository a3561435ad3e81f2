internal import CBLAS
internal import CKernels

/// The layers of BERT over one batch, and those of its relatives (`Architecture`).
///
/// Method: Devlin and others 2019; the arithmetic of Hugging Face transformers' modeling_bert.py,
/// modeling_mpnet.py and so on without dropout.
struct Transformer: Sendable {
    let settings: ModelSettings
    let weights: Weights
    let product: Product
    let level: ckernels_level

    /// One unit vector of `width` for each text, given as token identifiers; row-major.
    ///
    /// `promptTokens` is how many tokens at a text's start pooling leaves out.
    func encode(
        _ texts: ArraySlice<[Int32]>, promptTokens: Int, _ workspace: Workspace
    ) -> [Float] {
        let spans = Self.spans(of: texts)
        weights.numbers.withUnsafeBufferPointer { numbers in
            guard let numbers = numbers.baseAddress else { return }
            embed(texts, numbers, workspace)
            for layer in weights.layers {
                attend(layer, spans, numbers, workspace)
                feedForward(layer, spans, numbers, workspace)
            }
        }
        let width = settings.width
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

    /// Which rows each text has.
    private static func spans(of texts: ArraySlice<[Int32]>) -> [Range<Int>] {
        var next = 0
        return texts.map { text in
            defer { next += text.count }
            return next..<next + text.count
        }
    }

    private func embed(
        _ texts: ArraySlice<[Int32]>, _ numbers: UnsafePointer<Float>, _ workspace: Workspace
    ) {
        let width = settings.width
        var row = 0
        for text in texts {
            let positions = settings.positions(of: text)
            for (token, position) in zip(text, positions) {
                // A narrow word is widened where the row's result comes to stand.
                let out = workspace.hidden + row * width
                let word = weights.words.row(at: Int(token) * width, count: width, out)
                ckernels_embed(
                    level, out, word,
                    numbers + weights.positions + Int(position) * width, numbers + weights.type,
                    numbers + weights.embeddingGain, numbers + weights.embeddingShift,
                    Int32(width), settings.normEpsilon)
                row += 1
            }
        }
        // The rest of the last step of rows belongs to nobody; it must only be finite.
        let end = min(roundedUp(row, to: Product.rowStep), workspace.rows)
        for row in row..<end { (workspace.hidden + row * width).update(repeating: 0, count: width) }
    }

    /// out = x · weights for all rows: in one call where rows are independent, else text by text.
    private func multiply(
        _ x: UnsafePointer<Float>, _ inputs: Int, _ matrix: UnsafePointer<Float>, _ outputs: Int,
        _ spans: [Range<Int>], into out: UnsafeMutablePointer<Float>
    ) {
        let shared = [0..<roundedUp(spans.last?.upperBound ?? 0, to: Product.rowStep)]
        for span in product.packs ? shared : spans {
            Product.multiply(
                x + span.lowerBound * inputs, rows: span.count, inputs: inputs, matrix,
                outputs: outputs, into: out + span.lowerBound * outputs)
        }
    }

    private func attend(
        _ layer: Weights.Layer, _ spans: [Range<Int>], _ numbers: UnsafePointer<Float>,
        _ workspace: Workspace
    ) {
        let width = settings.width
        let rows = Int32(spans.last?.upperBound ?? 0)
        multiply(
            workspace.hidden, width, numbers + layer.attention, 3 * width, spans,
            into: workspace.attention)
        ckernels_bias(
            level, workspace.attention, rows, Int32(3 * width), numbers + layer.attentionBias)
        for span in spans {
            for head in 0..<settings.heads { attend(head, span, numbers, workspace) }
        }
        multiply(
            workspace.context, width, numbers + layer.projection, width, spans,
            into: workspace.result)
        ckernels_residual_norm(
            level, workspace.result, rows, Int32(width), numbers + layer.projectionBias,
            workspace.hidden, numbers + layer.projectionGain, numbers + layer.projectionShift,
            settings.normEpsilon)
    }

    /// softmax(Q · Kᵀ / √headWidth) · V for one head of one text.
    private func attend(
        _ head: Int, _ span: Range<Int>, _ numbers: UnsafePointer<Float>, _ workspace: Workspace
    ) {
        let (width, part) = (settings.width, settings.headWidth)
        let (length, stride) = (span.count, roundedUp(span.count, to: 16))
        let queries = workspace.attention + span.lowerBound * 3 * width + head * part
        cblas_shim_sgemm(
            0, 1, Int32(length), Int32(length), Int32(part), 1 / Float(part).squareRoot(),
            queries, Int32(3 * width), queries + width, Int32(3 * width), 0, workspace.scores,
            Int32(stride))
        if let relative = weights.relative {
            let middle = numbers + relative + head * weights.relativeStride
            for query in 0..<length {
                let scores = workspace.scores + query * stride
                for key in 0..<length { scores[key] += middle[key - query] }
            }
        }
        ckernels_softmax(level, workspace.scores, Int32(length), Int32(length), Int32(stride))
        cblas_shim_sgemm(
            0, 0, Int32(length), Int32(part), Int32(length), 1, workspace.scores, Int32(stride),
            queries + 2 * width, Int32(3 * width), 0,
            workspace.context + span.lowerBound * width + head * part, Int32(width))
    }

    private func feedForward(
        _ layer: Weights.Layer, _ spans: [Range<Int>], _ numbers: UnsafePointer<Float>,
        _ workspace: Workspace
    ) {
        let (width, inner) = (settings.width, settings.innerWidth)
        let rows = Int32(spans.last?.upperBound ?? 0)
        multiply(
            workspace.result, width, numbers + layer.inner, inner, spans, into: workspace.inner)
        ckernels_bias_gelu(
            level, workspace.inner, rows, Int32(inner), numbers + layer.innerBias)
        multiply(
            workspace.inner, inner, numbers + layer.outer, width, spans, into: workspace.hidden)
        ckernels_residual_norm(
            level, workspace.hidden, rows, Int32(width), numbers + layer.outerBias,
            workspace.result, numbers + layer.outerGain, numbers + layer.outerShift,
            settings.normEpsilon)
    }
}
