internal import Records

/// What the server sends back: a status, headers beyond the usual, and a JSON body.
struct Answer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)] = []
    var body: JSONValue
    /// Sent in place of `body`, where it is no JSON document.
    var lines: [UInt8]?

    var bytes: [UInt8] { lines ?? JSONWriter.write(body, order: .declared) }

    static func ok(_ body: JSONValue) -> Answer { Answer(status: 200, body: body) }

    /// An error in OpenAI's shape; `code` is one a client can switch on.
    static func error(
        _ status: Int, _ message: String, param: String? = nil, code: String
    ) -> Answer {
        let type =
            status == 429 ? "requests" : status < 500 ? "invalid_request_error" : "server_error"
        return Answer(
            status: status,
            body: .members([
                (
                    "error",
                    .members([
                        ("message", .string(message)), ("type", .string(type)),
                        ("param", param.map { .string($0) } ?? .null), ("code", .string(code)),
                    ])
                )
            ]))
    }
}

/// A request that cannot be answered, on its way to becoming an ``Answer``.
struct Refused: Error {
    var answer: Answer

    init(_ status: Int, _ message: String, param: String? = nil, code: String) {
        answer = .error(status, message, param: param, code: code)
    }

    static func missing(_ param: String) -> Refused {
        Refused(
            400, "Missing required parameter: '\(param)'.", param: param,
            code: "missing_required_parameter")
    }

    static func wrong(_ param: String, _ expected: String) -> Refused {
        Refused(
            400, "Invalid value for '\(param)': expected \(expected).", param: param,
            code: "invalid_type")
    }
}
