internal import Records
internal import Synchronization

/// OpenAI's files and batches: a file of calls comes in, a file of answers goes out.
///
/// A batch is done as soon as it is made, and its answers are worked out when they are fetched:
/// each is what the server says to the call alone. Everything is forgotten when the server ends.
final class ServerBatches: Sendable {
    private struct Batch: Sendable {
        var id: String
        var input: String
        var endpoint: String
        var metadata: JSONValue
        var calls: Int
    }

    private struct State: Sendable {
        var files: [String: [UInt8]] = [:]
        var batches: [Batch] = []
    }

    static let filesPath = "/v1/files"
    private static let batchesPath = "/v1/batches"
    private static let endpoints = [
        "/v1/chat/completions", "/v1/embeddings", "/v1/moderations",
    ]
    /// OpenAI's limits of one batch (openai-python 3.52.0, resources/batches.py).
    static let mostBytes = 200_000_000
    private static let mostCalls = 50_000

    private let state = Mutex(State())

    /// nil when the path is none of files or batches.
    func answer(
        method: String, path: String, body: [UInt8], to responder: Responder
    ) -> Answer? {
        switch (method, path) {
        case ("POST", Self.filesPath): return upload(body)
        case ("POST", Self.batchesPath): return create(body)
        case ("GET", Self.batchesPath): return list()
        default: break
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard method == "GET", parts.count >= 4, parts[1] == "v1" else { return nil }
        if parts.count == 4, parts[2] == "batches" { return look(parts[3]) }
        if parts.count == 5, parts[2] == "files", parts[4] == "content" {
            return content(parts[3], responder)
        }
        return nil
    }

    private func upload(_ body: [UInt8]) -> Answer {
        guard let file = Self.file(in: body) else {
            return .error(
                400, "Expected a form with `purpose` and `file`.", code: "invalid_form")
        }
        let id = state.withLock { state in
            let id = "file-\(state.files.count + 1)"
            state.files[id] = file
            return id
        }
        return .ok(
            .members([
                ("id", .string(id)), ("object", .string("file")), ("bytes", .integer(file.count)),
                ("purpose", .string("batch")), ("status", .string("processed")),
            ]))
    }

    /// The part called `file` of a form (RFC 7578), whose first line is the boundary.
    private static func file(in body: [UInt8]) -> [UInt8]? {
        let lineEnd: [UInt8] = [13, 10]
        guard let end = body.firstRange(of: lineEnd), !end.isEmpty else { return nil }
        let boundary = lineEnd + body[..<end.lowerBound]
        var rest = body[end.upperBound...]
        while let next = rest.firstRange(of: boundary) {
            let part = rest[..<next.lowerBound]
            if let blank = part.firstRange(of: lineEnd + lineEnd),
                String(decoding: part[..<blank.lowerBound], as: UTF8.self)
                    .contains("name=\"file\"")
            {
                return Array(part[blank.upperBound...])
            }
            rest = rest[next.upperBound...].dropFirst(2)
        }
        return nil
    }

    private func create(_ body: [UInt8]) -> Answer {
        let json = (try? JSONReader.read(body)) ?? .null
        guard let input = json["input_file_id"]?.string,
            let file = state.withLock({ $0.files[input] })
        else {
            return .error(
                400, "There is no such input file.", param: "input_file_id", code: "invalid_file")
        }
        guard let endpoint = json["endpoint"]?.string, Self.endpoints.contains(endpoint) else {
            return .error(
                400, "Batches do not serve this endpoint.", param: "endpoint",
                code: "invalid_endpoint")
        }
        let calls = file.split(separator: 10).count
        guard (1...Self.mostCalls).contains(calls) else {
            return .error(
                400, "A batch has 1 to \(Self.mostCalls) calls.", param: "input_file_id",
                code: "invalid_file")
        }
        let batch = state.withLock { state in
            let batch = Batch(
                id: "batch_\(state.batches.count + 1)", input: input, endpoint: endpoint,
                metadata: json["metadata"] ?? .null, calls: calls)
            state.batches.append(batch)
            return batch
        }
        return .ok(Self.object(batch))
    }

    private func list() -> Answer {
        let data = state.withLock { $0.batches.reversed().map(Self.object) }
        return .ok(
            .members([
                ("object", .string("list")), ("data", .array(data)), ("has_more", .bool(false)),
            ]))
    }

    private func look(_ id: String) -> Answer {
        guard let batch = state.withLock({ $0.batches.first { $0.id == id } }) else {
            return .error(404, "There is no batch \(id).", code: "not_found")
        }
        return .ok(Self.object(batch))
    }

    private static func object(_ batch: Batch) -> JSONValue {
        .members([
            ("id", .string(batch.id)), ("object", .string("batch")),
            ("endpoint", .string(batch.endpoint)), ("input_file_id", .string(batch.input)),
            ("completion_window", .string("24h")), ("status", .string("completed")),
            ("output_file_id", .string("\(batch.id)-output")), ("error_file_id", .null),
            ("metadata", batch.metadata),
            (
                "request_counts",
                .members([
                    ("total", .integer(batch.calls)), ("completed", .integer(batch.calls)),
                    ("failed", .integer(0)),
                ])
            ),
        ])
    }

    private func content(_ id: String, _ responder: Responder) -> Answer {
        let (file, batch) = state.withLock { state in
            let batch = state.batches.first { "\($0.id)-output" == id }
            return (state.files[batch?.input ?? id], batch)
        }
        guard let file else { return .error(404, "There is no file \(id).", code: "not_found") }
        var answer = Answer.ok(.null)
        guard let batch else {
            answer.lines = file
            return answer
        }
        var lines: [UInt8] = []
        for line in file.split(separator: 10) {
            lines += Self.result(of: Array(line), batch.endpoint, responder)
            lines.append(10)
        }
        answer.lines = lines
        return answer
    }

    private static func result(
        of line: [UInt8], _ endpoint: String, _ responder: Responder
    ) -> [UInt8] {
        let call = (try? JSONReader.read(line)) ?? .null
        let isOurs = call["url"]?.string == endpoint && call["method"]?.string == "POST"
        let answer =
            isOurs
            ? responder.answer(
                method: "POST", path: endpoint, body: JSONWriter.write(call["body"] ?? .null))
            : .error(400, "The call is not one of this batch's endpoint.", code: "mismatched_url")
        let result = JSONValue.members([
            ("id", .string("batch_req")), ("custom_id", call["custom_id"] ?? .null),
            (
                "response",
                .members([("status_code", .integer(answer.status)), ("body", answer.body)])
            ),
            ("error", .null),
        ])
        return JSONWriter.write(result, order: .declared)
    }
}
