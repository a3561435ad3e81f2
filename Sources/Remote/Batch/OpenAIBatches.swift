internal import Records

/// OpenAI's Batch API: a file of calls is uploaded, worked on within a day and answered in two
/// files, one of replies and one of errors, either of which may be missing.
///
/// Source: openai-python 3.52.0, resources/batches.py and types/batch.py.
struct OpenAIBatches: BatchForm {
    let mostCalls = 50_000
    let mostBytes = 200_000_000
    let uploadsFile = true
    let path = "/batches"
    let keepsMetadata = true
    static let filesPath = "/files"

    /// A form of RFC 7578, its boundary made of the calls' keys, so that no text can contain it.
    func frame(mark: String) -> BatchFrame {
        let head = """
            --\(mark)\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n\
            --\(mark)\r\nContent-Disposition: form-data; name="file"; \
            filename="curate-\(mark.prefix(16)).jsonl"\r\n\
            Content-Type: application/jsonl\r\n\r\n
            """
        return BatchFrame(
            head: Array(head.utf8), separator: [10], tail: Array("\n\r\n--\(mark)--\r\n".utf8),
            contentType: "multipart/form-data; boundary=\(mark)")
    }

    func line(_ call: Call, body: [UInt8]) -> [UInt8] {
        Array("{\"custom_id\":\"\(call.key.hex)\",\"method\":\"POST\",\"url\":\"".utf8)
            + Array("/v1\(call.path)\",\"body\":".utf8) + body + [UInt8(ascii: "}")]
    }

    func creation(file: String, path: String, input: SHA256.Digest, run: String) -> [UInt8] {
        JSONWriter.write(
            .members([
                ("input_file_id", .string(file)), ("endpoint", .string("/v1\(path)")),
                ("completion_window", .string("24h")),
                (
                    "metadata",
                    .members([("run", .string(run)), ("input_sha256", .string(input.hex))])
                ),
            ]))
    }

    func listPath(after: String?) -> String {
        "/batches?limit=100" + (after.map { "&after=\($0)" } ?? "")
    }

    /// In any case, since Together writes its states in capitals; "" is as good as no file.
    func batch(_ value: JSONValue) -> RemoteBatch? {
        guard let id = value["id"].flatMap(Self.identifier), let status = value["status"]?.string
        else { return nil }
        let files = ["output_file_id", "error_file_id"].compactMap {
            value[$0].flatMap(Self.identifier)
        }
        let state: RemoteBatch.State =
            switch status.lowercased() {
            case "completed", "expired", "cancelled": .ended
            case "failed": .failed(value["errors"]?["data"]?.array?.first?["code"]?.string)
            default: .working
            }
        return RemoteBatch(
            id: id, state: state, results: files.map { "\(Self.filesPath)/\($0)/content" },
            input: value["metadata"]?["input_sha256"]?.string.flatMap(SHA256.Digest.init(hex:)),
            calls: value["request_counts"]?["total"]?.integer,
            createdSeconds: value["created_at"]?.integer.map(Int64.init))
    }

    func result(_ value: JSONValue) -> BatchLine? {
        guard let id = value["custom_id"]?.string else { return nil }
        guard let response = value["response"], let status = response["status_code"]?.integer,
            let body = response["body"]
        else { return BatchLine(id: id, content: .unanswered) }
        return BatchLine(id: id, content: .reply(status: status, body: body))
    }
}
