internal import Glibc
internal import Remote

/// What one measured run does, from the command line; prints its usage and ends on a mistake.
struct Arguments {
    var url = ""
    var calls = 1000
    var firstRow = 0
    var inFlight = 64
    var workspace = ""
    /// Where the answers go, a line a row, in the order of the rows.
    var output: String?
    var caFile: String?
    var keyFile: String?
    var isHTTP2 = false
    /// Milliseconds; for one attempt.
    var timeout = 120_000

    static let usage = """
        usage: endpoint-benchmark --url URL --workspace FOLDER [--calls N] [--first-row N]
            [--in-flight N] [--output FILE] [--http2] [--ca-file FILE] [--key-file FILE]
            [--timeout-ms N]
        """

    init(_ words: [String]) {
        var words = words[...]
        func text() -> String {
            guard let value = words.popFirst() else { Self.fail() }
            return value
        }
        func number() -> Int {
            guard let value = Int(text()), value >= 0 else { Self.fail() }
            return value
        }
        while let word = words.popFirst() {
            switch word {
            case "--url": url = text()
            case "--workspace": workspace = text()
            case "--calls": calls = number()
            case "--first-row": firstRow = number()
            case "--in-flight": inFlight = number()
            case "--output": output = text()
            case "--ca-file": caFile = text()
            case "--key-file": keyFile = text()
            case "--timeout-ms": timeout = number()
            case "--http2": isHTTP2 = true
            default: Self.fail()
            }
        }
        if url.isEmpty || workspace.isEmpty { Self.fail() }
    }

    var endpoint: Endpoint {
        var endpoint = Endpoint(name: "bench", baseURL: url, model: "bench-1")
        endpoint.concurrency = inFlight
        endpoint.startConcurrency = inFlight
        endpoint.timeoutMilliseconds = timeout
        endpoint.http2 = isHTTP2
        endpoint.caFile = caFile
        endpoint.keyFile = keyFile
        return endpoint
    }

    private static func fail() -> Never {
        say(usage)
        exit(64)
    }
}

/// A line on standard error.
func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = Glibc.write(2, bytes, bytes.count)
}
