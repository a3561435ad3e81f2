internal import CCurl

/// Which HTTP/2 requests a server said it would not carry out, a connection each.
///
/// A server that closes an HTTP/2 connection names the last stream it took up (GOAWAY, RFC 9113,
/// section 6.8): what came later was not executed, and may be sent again for nothing. libcurl tells
/// neither the streams nor the frame to its user except in words, so its words are read, on HTTP/2
/// alone; they are never kept or shown. Where they are missing or other than expected, a request
/// counts as possibly executed. Used on the loop's thread only.
final class GoneAway {
    /// The last stream taken up, by the local port of the connection.
    private var lastStream: [Int32: UInt32] = [:]

    /// The server will take up nothing after that stream.
    func note(lastStream stream: UInt32, port: Int32) { lastStream[port] = stream }

    /// A connection's first stream: what is known of its port is of an earlier connection.
    func begin(port: Int32) { lastStream[port] = nil }

    /// Whether the server said that it did not take up this stream.
    func hasRefused(stream: UInt32, port: Int32) -> Bool {
        lastStream[port].map { stream > $0 } ?? false
    }

    /// What libcurl 7.88 says of streams, or nil for all else.
    enum Word: Equatable {
        case opened(stream: UInt32)
        case goneAway(lastStream: UInt32)

        init?(_ text: UnsafeRawBufferPointer) {
            if text.starts(with: Self.opening) {
                guard let stream = Self.number(text[Self.opening.count...]) else { return nil }
                self = .opened(stream: stream)
            } else if text.starts(with: Self.received) || text.starts(with: Self.receivedMisspelt) {
                guard let equals = text.lastIndex(of: UInt8(ascii: "=")),
                    let stream = Self.number(text[(equals + 1)...])
                else { return nil }
                self = .goneAway(lastStream: stream)
            } else {
                return nil
            }
        }

        private static let opening = Array("Using Stream ID: ".utf8)
        private static let received = Array("received GOAWAY, error=".utf8)
        private static let receivedMisspelt = Array("recveived GOAWAY, error=".utf8)

        private static func number(_ text: Slice<UnsafeRawBufferPointer>) -> UInt32? {
            UInt32(String(decoding: text.prefix { $0 >= 48 && $0 <= 57 }, as: UTF8.self))
        }
    }
}
