import Glibc
import Records
import Testing

@testable import Remote

struct EndpointTests {
    private func endpoint(
        _ url: String = "https://api.example.com/v1", _ change: (inout Endpoint) -> Void = { _ in }
    ) -> Endpoint {
        var endpoint = Endpoint(name: "main", baseURL: url, model: "m")
        change(&endpoint)
        return endpoint
    }

    @Test func `accepts addresses of the world with TLS and of this machine without`() throws {
        for url in [
            "https://api.example.com/v1", "https://api.example.com:8443/v1/",
            "http://127.0.0.1:8080/v1", "http://localhost:1/v1", "http://[::1]:8080/v1",
            "http://127.9.9.9",
        ] {
            try endpoint(url).validate()
        }
        #expect(try BaseURL("https://Api.Example.com/v1//").text == "https://Api.Example.com/v1")
        #expect(try BaseURL("http://[::1]:80/v1").isLoopback)
    }

    @Test func `refuses addresses that are unsafe, and repeats nothing of them`() {
        for url in [
            "", "api.example.com", "ftp://x/", "file:///etc/passwd", "https://", "https://:80/",
            "https://user:secret@host/v1", "https://host/v1?key=secret", "https://host/#secret",
            "https://host:0/", "https://host:99999/", "https://host:x/", "https://ho st/",
            "http://example.com/v1", "http://127.0.0.1.example.com/", "http://127.0.0/v1",
            "https://h\u{7}/", "https://[::1/",
        ] {
            let fault = #expect(throws: Fault.self) { try endpoint(url).validate() }
            #expect(fault?.kind == .configuration)
            #expect(fault?.description.contains("secret") == false)
        }
    }

    @Test func `never lets a key travel in the clear`() throws {
        for hasOptedIn in [false, true] {
            let fault = #expect(throws: Fault.self) {
                try endpoint("http://10.0.0.5:8000/v1") {
                    $0.keyEnvironmentVariable = "KEY"
                    $0.allowsPlainHTTP = hasOptedIn
                }.validate()
            }
            #expect(fault?.what == "a key would travel over http without TLS")
        }
        try endpoint("http://10.0.0.5:8000/v1") { $0.allowsPlainHTTP = true }.validate()
    }

    @Test func `names every setting that cannot work at once`() {
        let fault = #expect(throws: Fault.self) {
            try endpoint {
                $0.name = "a b"
                $0.model = ""
                $0.concurrency = 0
                $0.timeoutMilliseconds = -1
                $0.requestsPerMinute = 0
                $0.tokensPerMinute = 0
                $0.promptPriceMicrounitsPerMillionTokens = -1
                $0.keyFile = "a"
                $0.keyEnvironmentVariable = "b"
            }.validate()
        }
        #expect(fault?.all.count == 8)
    }

    @Test func `cost is rounded up and saturates`() {
        let priced = endpoint {
            $0.promptPriceMicrounitsPerMillionTokens = 150_000
            $0.completionPriceMicrounitsPerMillionTokens = 600_000
        }
        #expect(priced.costMicrounits(promptTokens: 1000, completionTokens: 100) == 210)
        #expect(priced.costMicrounits(promptTokens: 1, completionTokens: 0) == 1)
        #expect(priced.costMicrounits(promptTokens: -5, completionTokens: 0) == 0)
        #expect(priced.costMicrounits(promptTokens: .max, completionTokens: .max) == .max)
    }

    @Test func `reads a key from a file that only its owner can read`() throws {
        let bench = try Workbench()
        let path = bench.folder + "/key"
        func write(_ text: String, mode: mode_t) throws {
            let descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
            let bytes = Array(text.utf8)
            #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
            fchmod(descriptor, mode)
            close(descriptor)
        }
        let keyed = endpoint { $0.keyFile = path }
        try write("sk-marker\r\n", mode: 0o600)
        #expect(try Credential.key(of: keyed) == "sk-marker")
        try write("sk-marker", mode: 0o640)
        let readable = #expect(throws: Fault.self) { try Credential.key(of: keyed) }
        #expect(readable?.hint == "chmod 600 \(path)")
        for text in [
            "", "\n", "two words", "line\nline", "ümlaut", String(repeating: "k", count: 5000),
        ] {
            try write(text, mode: 0o600)
            let fault = #expect(throws: Fault.self) { try Credential.key(of: keyed) }
            #expect(fault?.kind == .configuration)
        }
        #expect(throws: Fault.self) {
            try Credential.key(of: endpoint { $0.keyFile = bench.folder })
        }
        #expect(throws: Fault.self) {
            try Credential.key(of: endpoint { $0.keyEnvironmentVariable = "CURATE_NO_SUCH_KEY" })
        }
        #expect(try Credential.key(of: endpoint()) == nil)
    }

    @Test func `redacts keys whole, cut or in a crowd, and keeps the rest`() {
        let redactor = Redactor(secrets: ["s3cret-key"])
        #expect(
            redactor.redact("key s3cret-key, twice s3cret-key.")
                == "key [redacted], twice [redacted].")
        #expect(redactor.redact("a SK-live_1*** b") == "a [redacted] b")
        #expect(redactor.redact("Authorization: bearer abc.def\n") == "Authorization: [redacted] ")
        #expect(redactor.redact("nothing here") == "nothing here")
        #expect(
            redactor.redact(String(repeating: "x", count: 16380) + "s3cret-key").utf8.count == 300)
        #expect(!redactor.redact("ends in s3cret-k").contains("s3cret"))
    }
}
