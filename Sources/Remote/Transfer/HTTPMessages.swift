internal import Records

/// One request, as the transfer sends it: a POST of JSON unless it says otherwise.
struct HTTPRequest: Sendable, Equatable {
    enum Method: Sendable {
        case get
        case post
    }

    var method = Method.post
    var url: String
    /// Sent as they are, beside Content-Type, Accept and User-Agent; may hold a key.
    var headers: [HTTPHeader] = []
    var body: [UInt8] = []
    /// Sent in place of `body`, from the disk.
    var file: MappedFile?
    var contentType = "application/json"
    /// Takes the reply's bytes in place of ``HTTPReply/body``; for replies too large for memory.
    var saveAs: String?
    /// From the moment it is handed over to the last byte of the reply.
    var timeoutMilliseconds: Int
    var connectTimeoutMilliseconds = 10_000
    /// The most bytes a reply may have after decompression.
    var largestReplyBytes = 40 << 20
    /// Whether http without TLS is allowed; only ever for loopback or by explicit choice.
    var allowsPlainHTTP = false
    /// A proxy's URL; nil uses none, whatever the environment says.
    var proxy: String?
    /// Offers HTTP/2 to a TLS server.
    var http2 = false
    /// Certificates to trust instead of the system's.
    var caFile: String?
}

/// One header field.
struct HTTPHeader: Sendable, Equatable {
    var name: String
    var value: String
}

/// A complete reply, whatever its status.
struct HTTPReply: Sendable {
    var status: Int
    /// Only fields on ``kept``, names in lower case, in order of arrival.
    var headers: [HTTPHeader]
    /// Decompressed.
    var body: [UInt8]

    /// The last field of that lower-case name: the server itself, not a proxy's earlier answer.
    func header(_ name: String) -> String? { headers.last { $0.name == name }?.value }

    /// Response headers are kept by an allow-list, so that cookies and the like never reach a log.
    static let kept: Set<String> = RateLimitHeaders.headerNames.union([
        "content-type", "date", "retry-after", "retry-after-ms", "llm_provider-retry-after",
        "x-should-retry", "x-request-id", "request-id",
    ])

    /// The same by length: most lines are told to be others by it alone.
    private static let keptByLength = Dictionary(grouping: kept.sorted(), by: \.utf8.count)

    /// The name on ``kept`` that these bytes are in any case.
    static func kept(_ name: Slice<UnsafeRawBufferPointer>) -> String? {
        keptByLength[name.count]?.first { kept in
            zip(kept.utf8, name).allSatisfy { letter, byte in
                letter == (byte >= 65 && byte <= 90 ? byte | 32 : byte)
            }
        }
    }
}

/// Why no complete reply came.
struct TransferFailure: Error, Sendable, Equatable {
    /// libcurl's result code.
    var code: Int
    /// libcurl's general name for the code; nothing of the request is in it.
    var message: String
    /// Whether the request may have reached the server: then it may have been paid for.
    var wasSent: Bool
}

/// How a transfer ended.
enum TransferResult: Sendable {
    case reply(HTTPReply)
    case failed(TransferFailure)
}
