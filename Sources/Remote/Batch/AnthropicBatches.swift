internal import Records

/// Anthropic's Message Batches: calls in one body, results at an address that the batch names.
///
/// Source: anthropic 2.11.0, resources/messages/batches.py and types/messages.
struct AnthropicBatches: BatchForm {
    let mostCalls = 100_000
    let mostBytes = 256_000_000
    let uploadsFile = false
    let path = "/messages/batches"
    let keepsMetadata = false

    func frame(mark: String) -> BatchFrame {
        BatchFrame(
            head: Array("{\"requests\":[".utf8), separator: [UInt8(ascii: ",")],
            tail: Array("]}".utf8), contentType: "application/json")
    }

    func line(_ call: Call, body: [UInt8]) -> [UInt8] {
        Array("{\"custom_id\":\"\(call.key.hex)\",\"params\":".utf8) + body + [UInt8(ascii: "}")]
    }

    func creation(file: String, path: String, input: SHA256.Digest, run: String) -> [UInt8] { [] }

    func listPath(after: String?) -> String {
        "/messages/batches?limit=100" + (after.map { "&after_id=\($0)" } ?? "")
    }

    func batch(_ value: JSONValue) -> RemoteBatch? {
        guard let id = value["id"].flatMap(Self.identifier),
            let status = value["processing_status"]?.string
        else { return nil }
        let counts = value["request_counts"]
        let calls = ["processing", "succeeded", "errored", "canceled", "expired"].reduce(0) {
            $0 + (counts?[$1]?.integer ?? 0)
        }
        return RemoteBatch(
            id: id, state: status == "ended" ? .ended : .working,
            results: status == "ended"
                ? [value["results_url"]?.string].compactMap { $0 }.filter { !$0.isEmpty } : [],
            calls: calls > 0 ? calls : nil,
            createdSeconds: value["created_at"]?.string.flatMap(Self.seconds))
    }

    func result(_ value: JSONValue) -> BatchLine? {
        guard let id = value["custom_id"]?.string, let result = value["result"] else { return nil }
        switch result["type"]?.string {
        case "succeeded":
            guard let message = result["message"] else { return nil }
            return BatchLine(id: id, content: .reply(status: 200, body: message))
        case "errored":
            let error = result["error"] ?? .null
            let type = error["error"]?["type"]?.string ?? error["type"]?.string ?? ""
            return BatchLine(id: id, content: .reply(status: Self.status(type), body: error))
        default: return BatchLine(id: id, content: .unanswered)
        }
    }

    /// The status that the type of an error comes with when it is answered alone
    /// (docs.claude.com, "Errors").
    private static func status(_ type: String) -> Int {
        switch type {
        case "invalid_request_error": 400
        case "authentication_error": 401
        case "billing_error": 402
        case "permission_error": 403
        case "not_found_error": 404
        case "request_too_large": 413
        case "rate_limit_error": 429
        case "timeout_error": 504
        case "overloaded_error": 529
        default: 500
        }
    }

    /// `2026-11-21T10:00:00.5Z` to the second, or nil: Anthropic's times are UTC.
    static func seconds(_ text: String) -> Int64? {
        let fields = text.utf8.prefix(19).split { !(48...57).contains($0) }
            .compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
        guard fields.count == 6 else { return nil }
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
        guard (1...12).contains(fields[1]) else { return nil }
        let month = fields[1] == 12 ? "Dec" : names[Int(fields[1]) - 1]
        let time = fields[3...].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        return HTTPDate.seconds("Day, \(fields[2]) \(month) \(fields[0]) \(time) GMT")
    }
}
