import Foundation
import Records
import Synchronization

/// An endpoint on a free port of this machine that answers what a test says.
///
/// Over the threads of ``ScriptedServer``: a busy test process must not look like a dead endpoint.
final class ScriptedEndpoint: Sendable {
    struct Call: Sendable {
        var path: String
        var body: String
        /// Calls of the same path before this one.
        var number = 0

        var isChat: Bool { path.hasSuffix("/chat/completions") }
        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
        }
    }

    struct Answer: Sendable {
        var status = 200
        var body: String
        var delayMilliseconds = 0
    }

    private final class Counter: Sendable {
        private let counts = Mutex<[String: Int]>([:])

        func next(_ path: String) -> Int {
            counts.withLock { counts in
                defer { counts[path, default: 0] += 1 }
                return counts[path, default: 0]
            }
        }
    }

    private let server: ScriptedServer

    private init(_ server: ScriptedServer) { self.server = server }

    var baseURL: String { server.baseURL }
    var chats: [Call] {
        server.requests.map { Call(path: $0.path, body: $0.body) }.filter(\.isChat)
    }
    /// Calls that were answered at the same time, at most.
    var mostAtOnce: Int { server.mostAtOnce }

    /// Answers 404 to what the script has no answer for.
    static func run<Value>(
        _ script: @escaping @Sendable (Call) -> Answer?,
        _ body: (ScriptedEndpoint) async throws -> Value
    ) async throws -> Value {
        let counter = Counter()
        let server = try ScriptedServer { request in
            let call = Call(
                path: request.path, body: request.body, number: counter.next(request.path))
            guard let answer = script(call) else { return .init(404, "{}") }
            return .init(
                answer.status, answer.body, delayMilliseconds: answer.delayMilliseconds)
        }
        return try await body(ScriptedEndpoint(server))
    }

    /// A chat completion with that content.
    static func completion(_ content: String) -> String {
        var text: [UInt8] = []
        JSONText.append(content, to: &text)
        return #"{"model":"m-1","choices":[{"index":0,"finish_reason":"stop","message":"#
            + #"{"role":"assistant","content":"# + String(decoding: text, as: UTF8.self)
            + #"}}],"usage":{"prompt_tokens":100,"completion_tokens":10}}"#
    }
}
