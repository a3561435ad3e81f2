internal import Records
internal import StoreProtocols

/// OpenAI's Embeddings, with the checks that servers of that protocol make necessary.
enum OpenAIEmbeddings {
    static let dialect = "openai-embeddings/1"
    static let path = "/embeddings"

    /// - Throws: `.configuration` when the endpoint has no embeddings.
    static func call(
        _ texts: [String], dimensions: Int?, _ endpoint: Endpoint
    ) throws(Fault) -> Call {
        guard endpoint.dialect.offers(.embeddings) else {
            throw Fault(
                .configuration, "endpoint \(endpoint.name) has no embeddings",
                why: "its dialect is \(endpoint.dialect.rawValue)",
                hint: "name another endpoint, or correct `dialect`")
        }
        let body = JSONWriter.write(
            .members([
                ("model", .string(endpoint.model)),
                ("input", .array(texts.map { .string($0) })),
                // A third of the bytes of decimal text; servers that ignore it are understood.
                ("encoding_format", .string("base64")),
                ("dimensions", dimensions.map { .integer(Int64($0)) }),
            ]))
        let count = texts.count
        return Call(
            path: path, body: body,
            key: Call.key(
                dialect: dialect, endpoint: endpoint.name, path: path, body: body, sample: "0"),
            promptTokens: Call.estimatedTokens(bytes: body.count), completionTokens: 0,
            isStored: false,
            read: { body in
                guard let value = try? JSONReader.read(body), value["data"]?.array != nil
                else { return .garbage }
                var read = Reading.Read(state: .answered, model: value.modelName)
                read.usage = TokenUsage(openAI: value["usage"])
                read.usage.completion = 0
                if (try? vectors(value, count: count, dimensions: nil)) == nil {
                    read.state = .invalid
                    read.reason = "bad_vectors"
                }
                return .reply(read)
            })
    }

    /// The vectors in the order of their texts, each of length 1.
    ///
    /// - Parameter dimensions: the length each must have; nil for that of the first.
    /// - Throws: `.badData` when the count, an index, a length or a number is not what it must be.
    static func vectors(
        _ value: JSONValue, count: Int, dimensions: Int?
    ) throws(Fault) -> [[Float]] {
        func refuse(_ why: String) -> Fault {
            Fault(
                .badData, "an embedding reply cannot be used", why: why,
                hint: "check that the model makes one vector a text")
        }
        guard let data = value["data"]?.array, data.count == count else {
            throw refuse("it has not one vector for each text")
        }
        var vectors = [[Float]?](repeating: nil, count: count)
        for item in data {
            guard let index = item["index"]?.integer, vectors.indices.contains(index),
                vectors[index] == nil
            else { throw refuse("its indices are not 0 to \(count - 1), once each") }
            guard let embedding = item["embedding"], let vector = floats(embedding) else {
                throw refuse("a vector is neither numbers nor base64")
            }
            guard let unit = normalised(vector) else {
                throw refuse("a vector is empty, zero or not finite")
            }
            vectors[index] = unit
        }
        let complete = vectors.compactMap { $0 }
        let length = dimensions ?? complete.first?.count ?? 0
        guard complete.allSatisfy({ $0.count == length }) else {
            throw refuse("a vector has not \(length) dimensions")
        }
        return complete
    }

    private static func floats(_ value: JSONValue) -> [Float]? {
        if let text = value.string { return Base64.floats(text) }
        guard let numbers = value.array else { return nil }
        var floats: [Float] = []
        floats.reserveCapacity(numbers.count)
        for number in numbers {
            guard let double = number.double else { return nil }
            floats.append(Float(double))
        }
        return floats
    }

    /// Servers that shorten vectors on request do not restore their length (infinity-emb 0.0.78).
    static func normalised(_ vector: [Float]) -> [Float]? {
        var squares = 0.0
        for value in vector { squares += Double(value) * Double(value) }
        guard squares.isFinite, squares > 0 else { return nil }
        let norm = squares.squareRoot()
        return vector.map { Float(Double($0) / norm) }
    }
}

/// Base64 of RFC 4648, standard alphabet, strict.
enum Base64 {
    /// Little-endian float32 values, or nil when it is not that.
    static func floats(_ text: String) -> [Float]? {
        guard let bytes = decode(text), bytes.count % 4 == 0 else { return nil }
        return bytes.withUnsafeBytes { raw in
            (0..<raw.count / 4).map { index in
                let bits = raw.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: bits))
            }
        }
    }

    static func decode(_ text: String) -> [UInt8]? {
        let input = Array(text.utf8)
        guard input.count % 4 == 0 else { return nil }
        let padding = input.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(input.count / 4 * 3)
        var bits: UInt32 = 0
        for (index, byte) in input.enumerated() {
            let isPadding = index >= input.count - padding
            guard let six = isPadding ? 0 : sextet(byte) else { return nil }
            bits = bits << 6 | six
            if index % 4 == 3 {
                bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
                bytes.append(UInt8(truncatingIfNeeded: bits))
            }
        }
        bytes.removeLast(padding)
        return bytes
    }

    private static func sextet(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
