import Glibc
import Records
import Store
import Testing

@testable import Remote

/// TLS and HTTP/2 against nginx, with certificates made by openssl for the test.
///
/// Skipped where Debian's packages nginx-light or openssl are not installed.
@Suite(
    .enabled(
        if: RealServer.Program.nginx.isInstalled && access("/usr/bin/openssl", X_OK) == 0,
        "nginx or openssl is not installed"))
struct TLSCaseTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    /// A certificate that signs itself, for a name and from a day relative to today.
    private func certificate(name: String = "IP:127.0.0.1", days: Int = 2) throws {
        try Files.run(
            """
            cd \(bench.folder) && openssl ecparam -name prime256v1 -genkey -noout -out key.pem \
            2>/dev/null && openssl req -new -key key.pem -subj /CN=test -out request.pem \
            2>/dev/null && echo subjectAltName=\(name) > names && \
            openssl x509 -req -in request.pem -signkey key.pem -days \(days) -extfile names \
            -out cert.pem 2>/dev/null
            """)
    }

    private func server(_ body: String = "") throws -> RealServer {
        try RealServer(.nginx, folder: bench.folder) { port in
            RealServer.nginx(
                port, bench.folder, listen: "ssl http2",
                """
                ssl_certificate cert.pem; ssl_certificate_key key.pem; \(body)
                location / { return 200 '\(Workbench.completion("fine"))'; }
                """
                .replacingPaths(in: bench.folder))
        }
    }

    private func endpoint(_ server: RealServer) throws -> Endpoint {
        var endpoint = Endpoint(
            name: "t", baseURL: "https://127.0.0.1:\(server.port)/v1", model: "m")
        endpoint.keyFile = bench.folder + "/api-key"
        try Files.write("sk-marker-4711", to: bench.folder + "/api-key")
        return endpoint
    }

    private func fault(_ endpoint: Endpoint) async throws -> Fault? {
        let store = try bench.store()
        let connection = try Connection(
            endpoint, ledger: store.ledger, pacing: Workbench.pacing())
        let results = await Workbench.askAll(ChatClient(connection), ["q"])
        if case .failure(let fault) = results[0] { return fault }
        return nil
    }

    @Test func `case 35: a certificate that nobody trusts ends the run before anything is sent`()
        async throws
    {
        try certificate()
        let server = try server()
        #expect(try await fault(endpoint(server))?.kind == .configuration)
        #expect(server.log().isEmpty)
    }

    @Test func `case 35: so does a certificate for another host, even of a trusted authority`()
        async throws
    {
        try certificate(name: "DNS:elsewhere.example")
        let server = try server()
        var endpoint = try endpoint(server)
        endpoint.caFile = bench.folder + "/cert.pem"
        #expect(try await fault(endpoint)?.kind == .configuration)
        #expect(server.log().isEmpty)
    }

    @Test func `case 35: so does one that has expired`() async throws {
        try certificate(days: -1)
        let server = try server()
        var endpoint = try endpoint(server)
        endpoint.caFile = bench.folder + "/cert.pem"
        #expect(try await fault(endpoint)?.kind == .configuration)
        #expect(server.log().isEmpty)
    }

    @Test func `a private authority is trusted by its file, on HTTP/1.1 unless asked otherwise`()
        async throws
    {
        try certificate()
        let server = try server()
        var endpoint = try endpoint(server)
        endpoint.caFile = bench.folder + "/cert.pem"
        #expect(try await fault(endpoint) == nil)
        #expect(server.log().last?.contains("HTTP/1.1") == true)
    }

    @Test func `TLS below 1.2 is refused`() async throws {
        try certificate()
        let server = try server("ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;")
        var endpoint = try endpoint(server)
        endpoint.caFile = bench.folder + "/cert.pem"
        #expect(try await fault(endpoint) != nil)
        #expect(server.log().isEmpty)
    }

    @Test func `case 36: HTTP/2 connections that nginx ends with GOAWAY lose nothing`()
        async throws
    {
        try certificate()
        let server = try server("keepalive_requests 20;")
        var endpoint = try endpoint(server)
        endpoint.caFile = bench.folder + "/cert.pem"
        endpoint.http2 = true
        endpoint.concurrency = 64
        let store = try bench.store()
        let connection = try Connection(
            endpoint, ledger: store.ledger, pacing: Workbench.pacing(concurrency: 64))
        let texts = (0..<1000).map { "row \($0)" }
        let results = await Workbench.askAll(ChatClient(connection), texts)
        #expect(results.allSatisfy { (try? $0.get().content) == "fine" })
        server.kill()
        // nginx says what it did not take up, which is free. What it did, and whose reply was lost
        // with the connection, is noted as perhaps paid, and nothing else is repeated.
        #expect(server.log().count - texts.count <= connection.counters.ambiguous)
        #expect(connection.counters.ambiguous < 50)
        #expect(server.log().allSatisfy { $0.contains("HTTP/2.0") })
    }
}

extension String {
    /// nginx reads relative paths of certificates from its configuration's folder.
    fileprivate func replacingPaths(in folder: String) -> String {
        split(separator: " ", omittingEmptySubsequences: false)
            .map { $0 == "cert.pem;" || $0 == "key.pem;" ? "\(folder)/\($0)" : String($0) }
            .joined(separator: " ")
    }
}
