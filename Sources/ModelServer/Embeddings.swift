internal import Records

/// `POST /v1/embeddings`, over the embedder that the caller injects.
struct Embeddings: Sendable {
    let model: String
    let embedder: (@Sendable ([String]) throws -> [[Float]])?
    /// OpenAI's limits: inputs of one request, and tokens of one input by our count.
    static let inputLimit = 2_048
    static let tokenLimit = 8_192

    func answer(_ body: JSONValue) throws(Refused) -> Answer {
        guard let embedder else {
            throw Refused(
                501, "This server was started without an embedder.", code: "not_supported")
        }
        let inputs = try Self.inputs(of: body)
        let format = body["encoding_format"]?.string ?? "float"
        guard format == "float" || format == "base64" else {
            throw .wrong("encoding_format", "float or base64")
        }
        var vectors: [[Float]] = []
        do { vectors = try embedder(inputs) } catch {
            throw Refused(500, "The embedder failed: \(error)", code: "embedder_failed")
        }
        let length = vectors.first?.count ?? 0
        guard vectors.count == inputs.count, length > 0,
            vectors.allSatisfy({ $0.count == length && $0.allSatisfy(\.isFinite) })
        else {
            throw Refused(
                500, "The embedder gave vectors of the wrong form.", code: "embedder_failed")
        }
        if let wanted = body["dimensions"], !wanted.isNull, wanted.integer != length {
            throw .wrong("dimensions", "\(length), the model's own")
        }
        let data = vectors.enumerated().map { index, vector in
            JSONValue.members([
                ("object", .string("embedding")), ("index", .integer(index)),
                ("embedding", Self.encoded(vector, format)),
            ])
        }
        let tokens = inputs.reduce(0) { $0 + Usage.tokens($1) }
        return .ok(
            .members([
                ("object", .string("list")), ("data", .array(data)), ("model", .string(model)),
                (
                    "usage",
                    .members([
                        ("prompt_tokens", .integer(tokens)), ("total_tokens", .integer(tokens)),
                    ])
                ),
            ]))
    }

    private static func inputs(of body: JSONValue) throws(Refused) -> [String] {
        if body["model"]?.string == nil { throw .missing("model") }
        guard let input = body["input"] else { throw .missing("input") }
        var inputs: [String] = []
        if let text = input.string {
            inputs = [text]
        } else if let list = input.array {
            for item in list {
                guard let text = item.string else { throw .wrong("input", "strings, not tokens") }
                inputs.append(text)
            }
        } else {
            throw .wrong("input", "a string or a list of strings")
        }
        guard (1...inputLimit).contains(inputs.count) else {
            throw .wrong("input", "1 to \(inputLimit) texts")
        }
        for text in inputs where text.isEmpty || Usage.tokens(text) > tokenLimit {
            throw .wrong("input", "texts that are not empty and at most \(tokenLimit) tokens long")
        }
        return inputs
    }

    private static func encoded(_ vector: [Float], _ format: String) -> JSONValue {
        if format == "float" {
            // Through the shortest decimal form, which reads back as the same 32 bits.
            return .array(vector.map { .number(Double($0.description) ?? Double($0)) })
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(vector.count * 4)
        for value in vector {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
        }
        return .string(Base64.encode(bytes))
    }
}

/// Base 64 as in RFC 4648, section 4, with padding.
enum Base64 {
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let one = bytes[start]
            let two = start + 1 < bytes.count ? bytes[start + 1] : 0
            let three = start + 2 < bytes.count ? bytes[start + 2] : 0
            text.append(digits[Int(one >> 2)])
            text.append(digits[Int((one & 3) << 4 | two >> 4)])
            text.append(
                start + 1 < bytes.count
                    ? digits[Int((two & 15) << 2 | three >> 6)] : UInt8(ascii: "="))
            text.append(start + 2 < bytes.count ? digits[Int(three & 63)] : UInt8(ascii: "="))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
