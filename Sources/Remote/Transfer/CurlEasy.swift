internal import CCurl
internal import Records

/// One transfer under way; lives and dies on the loop's thread.
final class CurlEasy {
    let raw: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var received: [UInt8] = []
    private var headers: [HTTPHeader] = []
    private var largestReplyBytes = 0
    private var timesSent = 0
    /// Holds the file's bytes for as long as libcurl may read them.
    private var file: MappedFile?
    private var saving: ReplyFile?
    /// The request whose options are set, without its body.
    private var last: HTTPRequest?
    private let goneAway: GoneAway
    /// The connection the request was sent on, by its local port, and its HTTP/2 stream there.
    private var port: Int32 = 0
    private var stream: UInt32?

    init?(_ goneAway: GoneAway) {
        guard let raw = curl_easy_init() else { return nil }
        self.raw = raw
        self.goneAway = goneAway
    }

    deinit {
        curl_easy_cleanup(raw)
        curl_slist_free_all(headerList)
    }

    /// Readies the handle for a request.
    ///
    /// Calls to one endpoint differ in nothing but the body, and setting some twenty options costs
    /// as much as sending: what is the same as last time stays, anything else sets all anew.
    ///
    /// - Returns: libcurl's code for the first option it refused, or nil.
    func prepare(_ request: HTTPRequest) -> CURLcode? {
        received = []
        headers = []
        timesSent = 0
        file = request.file
        saving = nil
        if let path = request.saveAs {
            guard let opened = ReplyFile(path: path) else { return CURLE_WRITE_ERROR }
            saving = opened
        }
        stream = nil
        var plan = request
        plan.body = []
        var codes: [CURLcode] = []
        if last != plan {
            last = nil
            curl_easy_reset(raw)
            largestReplyBytes = request.largestReplyBytes
            guard setFields(request) else { return CURLE_OUT_OF_MEMORY }
            codes = setFixed() + setVarying(request) + setCallbacks()
            if request.http2 { listen() }
        }
        if let refused = codes.first(where: { $0 != CURLE_OK }) { return refused }
        let code = setBody(request)
        if code != CURLE_OK { return code }
        // A file's mapping is not held longer than its request.
        last = request.file == nil ? plan : nil
        return nil
    }

    private func setFields(_ request: HTTPRequest) -> Bool {
        curl_slist_free_all(headerList)
        headerList = nil
        let type = request.method == .post ? ["Content-Type: \(request.contentType)"] : []
        // An empty Expect keeps libcurl from waiting a second for "100 Continue".
        let fields =
            ["Expect:", "Accept: application/json"] + type
            + request.headers.map { "\($0.name): \($0.value)" }
        for field in fields {
            guard let list = curl_slist_append(headerList, field) else { return false }
            headerList = list
        }
        return true
    }

    /// What is the same for every request.
    ///
    /// No redirection is followed, and a server proves who it is; there is no switch for less.
    private func setFixed() -> [CURLcode] {
        [
            ccurl_set_string(raw, CURLOPT_REDIR_PROTOCOLS_STR, "https"),
            ccurl_set_long(raw, CURLOPT_FOLLOWLOCATION, 0),
            ccurl_set_long(raw, CURLOPT_NOSIGNAL, 1),
            ccurl_set_string(raw, CURLOPT_USERAGENT, "curate/1"),
            ccurl_set_string(raw, CURLOPT_ACCEPT_ENCODING, "gzip"),
            ccurl_set_long(raw, CURLOPT_SSL_VERIFYPEER, 1),
            ccurl_set_long(raw, CURLOPT_SSL_VERIFYHOST, 2),
            ccurl_set_long(raw, CURLOPT_SSLVERSION, 6),  // CURL_SSLVERSION_TLSv1_2
            ccurl_set_long(raw, CURLOPT_TCP_KEEPALIVE, 1),
            ccurl_set_long(raw, CURLOPT_DNS_CACHE_TIMEOUT, 60),
            // No low-speed limit: a whole completion is silent until it comes at once.
        ]
    }

    private func setVarying(_ request: HTTPRequest) -> [CURLcode] {
        let protocols = request.allowsPlainHTTP ? "http,https" : "https"
        var codes = [
            ccurl_set_string(raw, CURLOPT_URL, request.url),
            ccurl_set_string(raw, CURLOPT_PROTOCOLS_STR, protocols),
            // An empty string, unlike none, also switches off proxies named in the environment.
            ccurl_set_string(raw, CURLOPT_PROXY, request.proxy ?? ""),
            // By ALPN, never by prior knowledge; without TLS always 1.1.
            ccurl_set_long(raw, CURLOPT_HTTP_VERSION, request.http2 ? 4 : 2),
            ccurl_set_long(raw, CURLOPT_PIPEWAIT, request.http2 ? 1 : 0),
            ccurl_set_long(raw, CURLOPT_TIMEOUT_MS, request.timeoutMilliseconds),
            ccurl_set_long(
                raw, CURLOPT_CONNECTTIMEOUT_MS,
                min(request.connectTimeoutMilliseconds, request.timeoutMilliseconds)),
            ccurl_set_large(raw, CURLOPT_MAXFILESIZE_LARGE, request.largestReplyBytes),
            ccurl_set_pointer(raw, CURLOPT_HTTPHEADER, headerList),
        ]
        if let file = request.caFile {
            codes.append(ccurl_set_string(raw, CURLOPT_CAINFO, file))
            codes.append(ccurl_set_string(raw, CURLOPT_CAPATH, nil))
        }
        return codes
    }

    private func setBody(_ request: HTTPRequest) -> CURLcode {
        if request.method == .get { return ccurl_set_long(raw, CURLOPT_HTTPGET, 1) }
        var code = ccurl_set_long(raw, CURLOPT_POST, 1)
        if code != CURLE_OK { return code }
        let count = file?.count ?? request.body.count
        code = ccurl_set_large(raw, CURLOPT_POSTFIELDSIZE_LARGE, count)
        if code != CURLE_OK { return code }
        if let file, count > 0 {
            return ccurl_set_pointer(raw, CURLOPT_POSTFIELDS, file.bytes.baseAddress)
        }
        if count == 0 { return ccurl_set_string(raw, CURLOPT_COPYPOSTFIELDS, "") }
        return request.body.withUnsafeBytes {
            ccurl_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)
        }
    }

    private func setCallbacks() -> [CURLcode] {
        // Unretained: the loop keeps this object for as long as its handle is in use.
        let context = Unmanaged.passUnretained(self).toOpaque()
        return [
            ccurl_set_pointer(raw, CURLOPT_WRITEDATA, context),
            ccurl_set_receive(raw, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                guard let context, let bytes else { return 0 }
                let easy = Unmanaged<CurlEasy>.fromOpaque(context).takeUnretainedValue()
                let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return easy.receive(piece) ? piece.count : 0
            },
            ccurl_set_pointer(raw, CURLOPT_HEADERDATA, context),
            ccurl_set_receive(raw, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                guard let context, let bytes else { return 0 }
                let easy = Unmanaged<CurlEasy>.fromOpaque(context).takeUnretainedValue()
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                easy.receiveHeader(line)
                return line.count
            },
            ccurl_set_pointer(raw, CURLOPT_PREREQDATA, context),
            ccurl_set_before_send(raw) { context, _, _, _, port in
                guard let context else { return CURL_PREREQFUNC_ABORT }
                let easy = Unmanaged<CurlEasy>.fromOpaque(context).takeUnretainedValue()
                return easy.mayBeSent(from: port) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            },
        ]
    }

    /// Zero returned to libcurl is its code 23: how a decompression bomb is stopped.
    private func receive(_ piece: UnsafeRawBufferPointer) -> Bool {
        if let saving {
            return saving.count + piece.count <= largestReplyBytes && saving.append(piece)
        }
        guard received.count + piece.count <= largestReplyBytes else { return false }
        received.append(contentsOf: piece)
        return true
    }

    private func receiveHeader(_ line: UnsafeRawBufferPointer) {
        // A status line starts anew: what came before was an interim or a proxy's answer.
        if line.starts(with: "HTTP/".utf8) {
            headers = []
            return
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), headers.count < 64,
            let name = HTTPReply.kept(line[..<colon])
        else { return }
        let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
        headers.append(HTTPHeader(name: name, value: trimmed(value)))
    }

    /// Refuses libcurl's silent second send of a request whose reused connection was dead: the
    /// first may have been executed, and whether to pay again is not libcurl's decision.
    ///
    /// - Parameter port: Ours of the connection.
    private func mayBeSent(from port: Int32) -> Bool {
        if wasSent { return false }
        timesSent += 1
        self.port = port
        stream = nil
        return true
    }

    /// Whether the server may have executed the request.
    private var wasSent: Bool {
        guard timesSent > 0 else { return false }
        return !(stream.map { goneAway.hasRefused(stream: $0, port: port) } ?? false)
    }

    /// Hears what libcurl says about streams, and nothing else of what it says.
    private func listen() {
        ccurl_set_words(
            raw,
            { _, kind, text, count, context in
                guard kind == CURLINFO_TEXT, let context, let text else { return 0 }
                let words = UnsafeRawBufferPointer(start: text, count: count)
                guard let word = GoneAway.Word(words) else { return 0 }
                Unmanaged<CurlEasy>.fromOpaque(context).takeUnretainedValue().hear(word)
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func hear(_ word: GoneAway.Word) {
        switch word {
        case .opened(let stream):
            self.stream = stream
            if stream == 1 { goneAway.begin(port: port) }
        case .goneAway(let last): goneAway.note(lastStream: last, port: port)
        }
    }

    func result(_ code: CURLcode) -> TransferResult {
        file = nil
        saving = nil
        if code == CURLE_OK {
            return .reply(
                HTTPReply(
                    status: Int(ccurl_response_code(raw)), headers: headers, body: received))
        }
        return .failed(
            TransferFailure(
                code: Int(code.rawValue), message: String(cString: curl_easy_strerror(code)),
                wasSent: wasSent))
    }
}

/// Without blanks and line ends on either side.
func trimmed(_ text: String) -> String {
    let isBlank: (UInt8) -> Bool = { $0 == 32 || ($0 >= 9 && $0 <= 13) }
    let bytes = text.utf8.drop(while: isBlank)
    guard let last = bytes.lastIndex(where: { !isBlank($0) }) else { return "" }
    return String(decoding: bytes[...last], as: UTF8.self)
}
