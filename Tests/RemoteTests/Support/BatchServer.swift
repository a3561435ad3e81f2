import Records
import Synchronization

@testable import Remote

/// A provider of batches on the scripted server: OpenAI's files and batches, and Anthropic's
/// message batches, worked on as a test wants it.
final class BatchServer: Sendable {
    /// What becomes of one call in one batch.
    enum Fate: Sendable {
        case content(String)
        case status(Int, String)
        /// A line that says it was not worked on.
        case expired
        /// No line at all.
        case missing
    }

    struct Plan: Sendable {
        /// Looks at a batch for which it is still in progress.
        var polls = 0
        /// The last state, OpenAI's.
        var state = "completed"
        /// By the call's text and the number of batches before this one.
        var fate: @Sendable (_ text: String, _ batch: Int) -> Fate = { text, _ in
            .content("re: " + text)
        }
        var isReversed = false
        /// Further lines of the output.
        var extraLines: [String] = []
        var repeatsFirstLine = false
        /// What a missing file's id is.
        var noFile: JSONValue = .null
        /// Another host's, for Anthropic.
        var resultsURL: String?
        /// Replaces the answer to a request before it is carried out.
        var before: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer? = { _ in nil }
        /// Replaces the answer to a request that was carried out.
        var after: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer? = { _ in nil }
    }

    struct Batch: Sendable {
        var id: String
        var input: String
        var metadata: JSONValue
        var calls: [(id: String, text: String)]
        var polls = 0
    }

    private struct State: Sendable {
        var files: [String: String] = [:]
        var batches: [Batch] = []
        /// How the client calls this server.
        var host = ""
    }

    private final class Core: Sendable {
        let state = Mutex(State())
        let plan: Plan
        init(_ plan: Plan) { self.plan = plan }
    }

    private let core: Core
    let http: ScriptedServer

    init(_ change: (inout Plan) -> Void = { _ in }) throws {
        var plan = Plan()
        change(&plan)
        let core = Core(plan)
        self.core = core
        http = try ScriptedServer { request in
            if let answer = core.plan.before(request) { return answer }
            let answer = Self.answer(request, core)
            return core.plan.after(request) ?? answer
        }
    }

    var batches: [Batch] { core.state.withLock { $0.batches } }
    /// Every call that was in a batch, repeated ones included.
    var submitted: [String] { batches.flatMap { $0.calls.map(\.text) } }

    private static func answer(_ request: ScriptedServer.Request, _ core: Core)
        -> ScriptedServer.Answer
    {
        core.state.withLock { $0.host = request.headers["host"] ?? "" }
        let path = String(request.path.dropFirst("/v1".count).prefix { $0 != "?" })
        switch (request.method, path) {
        case ("POST", "/chat/completions"): return Workbench.echo(request)
        case ("POST", "/files"): return upload(request, core)
        case ("POST", "/batches"): return create(request, core)
        case ("POST", "/messages/batches"): return createMessages(request, core)
        case ("GET", "/batches"), ("GET", "/messages/batches"): return list(path, core)
        default: break
        }
        let parts = path.split(separator: "/").map(String.init)
        if parts.first == "files", parts.count == 3 { return content(parts[1], core) }
        if parts.last == "results" { return results(parts[2], core) }
        return look(path.hasPrefix("/messages"), parts.last ?? "", core)
    }

    private static func json(_ value: JSONValue) -> ScriptedServer.Answer {
        .init(200, String(decoding: JSONWriter.write(value), as: UTF8.self))
    }

    private static func upload(_ request: ScriptedServer.Request, _ core: Core)
        -> ScriptedServer.Answer
    {
        let type = request.headers["content-type"] ?? ""
        guard let mark = type.split(separator: "=").last, request.body.hasPrefix("--\(mark)\r\n"),
            request.body.hasSuffix("\r\n--\(mark)--\r\n"),
            request.body.contains("name=\"purpose\"\r\n\r\nbatch\r\n")
        else { return .init(400, "{\"error\":{\"code\":\"bad_form\"}}") }
        let lines = request.body.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("{") }
        let id = core.state.withLock { state in
            let id = "file-\(state.files.count + 1)"
            state.files[id] = lines.joined(separator: "\n")
            return id
        }
        return json(.members([("id", .string(id)), ("purpose", .string("batch"))]))
    }

    private static func text(_ body: JSONValue?) -> String {
        body?["messages"]?.array?.last?["content"]?.string ?? body?["input"]?.string ?? ""
    }

    private static func create(_ request: ScriptedServer.Request, _ core: Core)
        -> ScriptedServer.Answer
    {
        guard let body = try? JSONReader.read(Array(request.body.utf8)),
            let input = body["input_file_id"]?.string,
            let file = core.state.withLock({ $0.files[input] }),
            body["completion_window"]?.string == "24h"
        else { return .init(400, "{\"error\":{\"code\":\"no_file\"}}") }
        let calls = file.split(separator: "\n").map { line -> (String, String) in
            let value = try? JSONReader.read(Array(line.utf8))
            let isWhole =
                value?["method"]?.string == "POST"
                && value?["url"]?.string == body["endpoint"]?.string
            return (isWhole ? value?["custom_id"]?.string ?? "" : "", text(value?["body"]))
        }
        let batch = core.state.withLock { state in
            let batch = Batch(
                id: "batch_\(state.batches.count + 1)", input: input,
                metadata: body["metadata"] ?? .null, calls: calls)
            state.batches.append(batch)
            return batch
        }
        return json(object(batch, "validating"))
    }

    private static func createMessages(_ request: ScriptedServer.Request, _ core: Core)
        -> ScriptedServer.Answer
    {
        let body = try? JSONReader.read(Array(request.body.utf8))
        let calls = (body?["requests"]?.array ?? []).map {
            ($0["custom_id"]?.string ?? "", text($0["params"]))
        }
        let batch = core.state.withLock { state in
            let batch = Batch(
                id: "msgbatch_\(state.batches.count + 1)", input: "", metadata: .null,
                calls: calls)
            state.batches.append(batch)
            return batch
        }
        return json(messages(batch, isOver: false, core))
    }

    private static func list(_ path: String, _ core: Core) -> ScriptedServer.Answer {
        let batches = core.state.withLock { $0.batches.reversed() }
        let data = batches.map { batch in
            path == "/batches"
                ? object(batch, "in_progress") : messages(batch, isOver: false, core)
        }
        return json(.members([("data", .array(data)), ("has_more", .bool(false))]))
    }

    private static func look(_ isMessages: Bool, _ id: String, _ core: Core)
        -> ScriptedServer.Answer
    {
        let found = core.state.withLock { state -> (Batch, Int)? in
            guard let at = state.batches.firstIndex(where: { $0.id == id }) else { return nil }
            state.batches[at].polls += 1
            return (state.batches[at], at)
        }
        guard let (batch, at) = found else { return .init(404, "{}") }
        let isOver = batch.polls > core.plan.polls
        if isMessages { return json(messages(batch, isOver: isOver, core)) }
        if !isOver { return json(object(batch, "in_progress")) }
        let (output, errors) = lines(batch, at, core.plan)
        func file(_ name: String, _ lines: [String]) -> JSONValue {
            if lines.isEmpty { return core.plan.noFile }
            let id = "\(batch.id)-\(name)"
            core.state.withLock { $0.files[id] = lines.joined(separator: "\n") + "\n" }
            return .string(id)
        }
        return json(
            object(batch, core.plan.state, file("output", output), file("errors", errors)))
    }

    private static func content(_ id: String, _ core: Core) -> ScriptedServer.Answer {
        core.state.withLock { $0.files[id] }.map { .init(200, $0) } ?? .init(404, "{}")
    }

    private static func results(_ id: String, _ core: Core) -> ScriptedServer.Answer {
        let batches = core.state.withLock { $0.batches }
        guard let at = batches.firstIndex(where: { $0.id == id }) else { return .init(404, "{}") }
        let (output, errors) = messageLines(batches[at], at, core.plan)
        return .init(200, (output + errors).joined(separator: "\n"))
    }

    private static func object(
        _ batch: Batch, _ status: String, _ output: JSONValue = .null, _ errors: JSONValue = .null
    ) -> JSONValue {
        .members([
            ("id", .string(batch.id)), ("object", .string("batch")), ("status", .string(status)),
            ("input_file_id", .string(batch.input)), ("output_file_id", output),
            ("error_file_id", errors), ("metadata", batch.metadata),
            ("created_at", .integer(1_790_000_000)),
            ("request_counts", .members([("total", .integer(Int64(batch.calls.count)))])),
            (
                "errors",
                status == "failed"
                    ? .members([("data", .array([.members([("code", .string("bad_model"))])]))])
                    : nil
            ),
        ])
    }

    private static func messages(_ batch: Batch, isOver: Bool, _ core: Core) -> JSONValue {
        let host = isOver ? core.state.withLock { $0.host } : ""
        let results = "http://\(host)/v1/messages/batches/\(batch.id)/results"
        return .members([
            ("id", .string(batch.id)), ("type", .string("message_batch")),
            ("processing_status", .string(isOver ? "ended" : "in_progress")),
            ("request_counts", .members([("processing", .integer(Int64(batch.calls.count)))])),
            ("created_at", .string("2126-11-21T10:00:00.123456Z")),
            (
                "results_url",
                isOver ? .string(core.plan.resultsURL ?? results) : .null
            ),
        ])
    }
}

extension BatchServer {
    private static func line(_ members: [(String, JSONValue?)]) -> String {
        String(decoding: JSONWriter.write(.members(members)), as: UTF8.self)
    }

    private static func parsed(_ text: String) -> JSONValue {
        (try? JSONReader.read(Array(text.utf8))) ?? .null
    }

    private static func arranged(
        _ output: [String], _ errors: [String], _ plan: Plan
    ) -> ([String], [String]) {
        var output = output
        if plan.repeatsFirstLine, let first = output.first { output.append(first) }
        if plan.isReversed { output.reverse() }
        return (plan.extraLines + output, errors)
    }

    /// The two files of an OpenAI batch.
    private static func lines(
        _ batch: Batch, _ number: Int, _ plan: Plan
    ) -> (output: [String], errors: [String]) {
        var (output, errors): ([String], [String]) = ([], [])
        for call in batch.calls {
            func response(_ status: Int, _ body: JSONValue) -> String {
                line([
                    ("id", .string("req_\(call.id.prefix(8))")), ("custom_id", .string(call.id)),
                    (
                        "response",
                        .members([("status_code", .integer(Int64(status))), ("body", body)])
                    ), ("error", .null),
                ])
            }
            switch plan.fate(call.text, number) {
            case .content(let content):
                output.append(response(200, parsed(Workbench.completion(content))))
            case .status(let status, let body): errors.append(response(status, parsed(body)))
            case .expired:
                errors.append(
                    line([
                        ("custom_id", .string(call.id)), ("response", .null),
                        ("error", .members([("code", .string("batch_expired"))])),
                    ]))
            case .missing: break
            }
        }
        return arranged(output, errors, plan)
    }

    /// The results of an Anthropic batch.
    private static func messageLines(
        _ batch: Batch, _ number: Int, _ plan: Plan
    ) -> (output: [String], errors: [String]) {
        var (output, errors): ([String], [String]) = ([], [])
        for call in batch.calls {
            func result(_ members: [(String, JSONValue?)]) -> String {
                line([("custom_id", .string(call.id)), ("result", .members(members))])
            }
            switch plan.fate(call.text, number) {
            case .content(let content):
                let message = JSONValue.members([
                    ("type", .string("message")), ("model", .string("m-1")),
                    ("stop_reason", .string("end_turn")),
                    (
                        "content",
                        .array([
                            .members([("type", .string("text")), ("text", .string(content))])
                        ])
                    ),
                    (
                        "usage",
                        .members([("input_tokens", .integer(7)), ("output_tokens", .integer(3))])
                    ),
                ])
                output.append(result([("type", .string("succeeded")), ("message", message)]))
            case .status(_, let body):
                errors.append(result([("type", .string("errored")), ("error", parsed(body))]))
            case .expired: errors.append(result([("type", .string("expired"))]))
            case .missing: break
            }
        }
        return arranged(output, errors, plan)
    }
}
