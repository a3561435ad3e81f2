import Glibc
import Records
import Store
import Testing

@testable import Remote

/// Servers that nobody here wrote.
///
/// Tests against them are skipped unless `CURATE_LOCAL_SERVERS` names them, as
/// `Benchmarks/endpoint/local_servers.sh` does: `infinity=http://127.0.0.1:18701/v1 litellm=…`.
enum LocalServers {
    static let named: [String: String] = {
        let text = getenv("CURATE_LOCAL_SERVERS").map { String(cString: $0) } ?? ""
        var result: [String: String] = [:]
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
        }
        return result
    }()

    /// A connection as a run would have it, with waits of milliseconds between its tries.
    static func connection(
        _ name: String, _ store: WorkspaceStore, _ dialect: Dialect, model: String = "tiny"
    ) throws -> Connection {
        var endpoint = Endpoint(name: name, baseURL: named[name] ?? "", model: model)
        endpoint.dialect = dialect
        endpoint.timeoutMilliseconds = 60_000
        return try Connection(endpoint, ledger: store.ledger, pacing: Workbench.pacing())
    }

    /// What the server says to a body that the client itself would not write.
    static func raw(
        _ connection: Connection, _ path: String, _ body: String
    ) async throws -> HTTPReply {
        var request = connection.runner.request(to: connection.endpoint.baseURL + path)
        request.body = Array(body.utf8)
        switch await connection.runner.transfer.send(request) {
        case .reply(let reply): return reply
        case .failed(let failure): throw failure
        }
    }
}
