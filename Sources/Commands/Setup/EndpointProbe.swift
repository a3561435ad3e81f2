internal import CCurl
internal import Records
internal import Remote

extension Checks {
    private static let timeoutSeconds = 10

    /// Whether something answers at `baseURL`, by the one request of the protocol that costs
    /// nothing.
    static func endpoint(_ baseURL: String) async -> Check {
        do throws(Fault) {
            try Endpoint(name: "doctor", baseURL: baseURL, model: "any").validate()
        } catch {
            return Check(
                .fail, "endpoint",
                [error.what, error.why].compactMap { $0 }.joined(separator: ": "),
                hint: error.hint)
        }
        guard let easy = curl_easy_init() else {
            return Check(.fail, "endpoint", "libcurl gives no handle")
        }
        defer { curl_easy_cleanup(easy) }
        let slash = baseURL.hasSuffix("/") ? "" : "/"
        ccurl_set_string(easy, CURLOPT_URL, "\(baseURL)\(slash)models")
        ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        ccurl_set_long(easy, CURLOPT_TIMEOUT, timeoutSeconds)
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        ccurl_set_receive(easy, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
        let start = Machine.seconds()
        let result = curl_easy_perform(easy)
        let took = Words.seconds(Machine.seconds() - start)
        guard result == CURLE_OK else {
            return Check(
                .fail, "endpoint", "\(baseURL): \(String(cString: curl_easy_strerror(result)))",
                hint: "start the server, or look at the address and the network",
                kind: .unavailable)
        }
        return answered(baseURL, status: ccurl_response_code(easy), took)
    }

    private static func answered(_ baseURL: String, status: Int, _ took: String) -> Check {
        switch status {
        case 200..<300: Check(.ok, "endpoint", "\(baseURL) answers in \(took)")
        case 401, 403:
            Check(
                .ok, "endpoint", "\(baseURL) answers in \(took) and asks for a key (\(status))")
        default:
            Check(
                .warn, "endpoint", "\(baseURL) answers \(status)",
                hint: "a base URL ends with the version, such as /v1")
        }
    }
}
