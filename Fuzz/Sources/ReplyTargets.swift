internal import Records

@testable internal import MakeStages
@testable internal import ModelServer
@testable internal import Remote

extension Target {
    /// Readers of what endpoints answer, and of what clients send to the offline server.
    static var replies: [Target] {
        [
            Target(name: "model-json") {
                return { bytes in
                    let text = String(decoding: bytes, as: UTF8.self)
                    guard let json = JSONRepair.read(text) else { return }
                    law(JSONRepair.read(json) == json, "canonical JSON is its own canonical form")
                }
            },
            Target(name: "label-answer", prepare: labelAnswer),
            Target(name: "chat-reply") {
                let forms: [any ChatForm] = [OpenAIChat(), AnthropicMessages()]
                let classifier = Classifier(
                    endpointName: "fuzz", redactor: Redactor(secrets: ["sk-secret"]))
                return { bytes in
                    for form in forms {
                        guard let parsed = form.parse(bytes) else { continue }
                        for wantsJSON in [false, true] {
                            let read = parsed.reading(wantsJSON: wantsJSON)
                            law(
                                (read.usage.prompt ?? 0) >= 0 && (read.usage.completion ?? 0) >= 0,
                                "no usage is below 0")
                        }
                    }
                    _ = OpenAIModerations.read(bytes)
                    if let value = try? JSONReader.read(bytes) {
                        let vectors = try? OpenAIEmbeddings.vectors(
                            value, count: 2, dimensions: nil)
                        law(vectors?.count ?? 2 == 2, "each text has its vector")
                    }
                    for status in [200, 400, 401, 429, 500] {
                        let reply = HTTPReply(status: status, headers: [], body: bytes)
                        _ = classifier.verdict(reply, nowSeconds: 1_800_000_000)
                    }
                }
            },
            Target(name: "headers") {
                let classifier = Classifier(endpointName: "fuzz", redactor: Redactor(secrets: []))
                return { bytes in
                    let reply = HTTPReply(status: 429, headers: headers(bytes), body: [])
                    let now: Int64 = 1_800_000_000
                    let wait = RetryAfter.milliseconds(reply, nowSeconds: now)
                    law(wait ?? 1 > 0, "a wait is longer than nothing")
                    _ = classifier.verdict(reply, nowSeconds: now)
                    guard let news = RateLimitHeaders(reply, nowSeconds: now) else { return }
                    for limit in [news.requests, news.tokens] {
                        guard let limit else { continue }
                        var allowance = Allowance(limit, underWay: 3, now: now * 1000)
                        _ = allowance.wait(for: 1000, now: now * 1000)
                        allowance.take(1000)
                        allowance.heed(limit, underWay: 1, now: now * 1000 + 5)
                        law(allowance.wait(for: 1, now: now * 1000 + 10) >= 0, "no wait is below 0")
                    }
                }
            },
            Target(name: "batch-reply") {
                let forms: [any BatchForm] = [OpenAIBatches(), AnthropicBatches()]
                return { bytes in
                    for line in bytes.split(separator: 10) {
                        guard let value = try? JSONReader.read(Array(line)) else { continue }
                        for form in forms {
                            if case .reply(_, let body)? = form.result(value)?.content {
                                _ = OpenAIChat().parse(JSONWriter.write(body))
                            }
                            _ = form.batch(value)
                            _ = form.page(value)
                        }
                    }
                }
            },
            Target(name: "offline-request", prepare: offlineRequest),
        ]
    }

    /// Lines `name: value`, as they come over the wire.
    private static func headers(_ bytes: [UInt8]) -> [HTTPHeader] {
        bytes.split(separator: 10).compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            let value = line[(colon + 1)...].drop { $0 == 32 }
            return HTTPHeader(name: name, value: String(decoding: value, as: UTF8.self))
        }
    }

    private static func labelAnswer() throws -> ([UInt8]) -> Void {
        let categories = ["spam", "scam", "other"].map { Category(id: $0) }
        let space = LabelSpace(taxonomy: Taxonomy(name: "three", categories: categories))
        let reader = LabelAnswerReader(
            space: space, attributes: [("tone", ["calm", "sharp"]), ("why", [])],
            needsConfidence: false)
        return { bytes in
            let content = String(decoding: bytes, as: UTF8.self)
            for document in EmbeddedJSON.documents(in: content) {
                for text in [document] + EmbeddedJSON.inner(of: document) {
                    guard let answer = try? reader.read(text) else { continue }
                    law(answer.labels.count == 3, "an answer that fits has every category")
                    law((0...1).contains(answer.confidence ?? 0), "a confidence is from 0 to 1")
                }
            }
        }
    }

    private static func offlineRequest() throws -> ([UInt8]) -> Void {
        let templates = "templates/grammars"
        let responder = Responder(
            OfflineModelServer.Settings(
                seed: 0, grammars: try GrammarLibrary(folder: templates),
                lexicons: try Lexicons(folder: "corpora/lexicons")))
        return { bytes in
            for path in ["/v1/chat/completions", "/v1/moderations", "/v1/files", "/v1/batches"] {
                let answer = responder.answer(method: "POST", path: path, body: bytes)
                law((200...599).contains(answer.status), "every request is answered")
            }
        }
    }
}
