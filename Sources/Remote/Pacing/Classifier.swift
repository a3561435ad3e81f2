internal import Records
internal import Synchronization

/// What is to be done about a reply or its absence, by status first, code second, words never.
enum Verdict: Sendable, Equatable {
    /// 2xx: whether it is an answer is for the dialect to say.
    case success
    /// The provider declined the content: a result.
    case refused(reason: String)
    /// This request can never be answered; others may.
    case dead(reason: String)
    /// As dead, but neither length nor content explains it: perhaps the template is wrong.
    case rejected(reason: String)
    case retry(Retry)
    /// The call is over without an answer; a later run may ask again.
    case failed(Retry.Kind)
    case stop(Fault)
}

/// The policy table as code.
struct Classifier: Sendable {
    let endpointName: String
    let redactor: Redactor
    /// Scheme, host, port and path, for whoever looks why nothing comes from there; a base URL has
    /// neither a user nor a query.
    var address = ""
    /// The endpoint's model, which errors may name though every request names it too.
    var model = ""
    /// What libcurl said last when no reply came.
    private let lastFailure = LastWords()
    /// What the endpoint answered last that asks for another try.
    private let lastError = LastWords()
    /// What the endpoint said last when it rejected a call.
    private let lastRejection = LastWords()

    init(endpointName: String, redactor: Redactor, address: String = "", model: String = "") {
        self.model = model
        self.endpointName = endpointName
        self.redactor = redactor
        self.address = address
    }

    /// - Parameters:
    ///   - body: What was asked, no text of which is to stand in a fault.
    ///   - nowSeconds: since 1970 UTC, for delays given as dates.
    func verdict(_ reply: HTTPReply, asked body: [UInt8] = [], nowSeconds: Int64) -> Verdict {
        let status = reply.status
        if status == 204 || (status < 300 && reply.body.isEmpty) {
            return .retry(Retry(kind: .badReply))
        }
        if (200..<300).contains(status) { return .success }
        let error = ProviderError(reply.body)
        let delay = RetryAfter.milliseconds(reply, nowSeconds: nowSeconds)
        let verdict = fatal(status, error).map { .stop($0) } ?? plain(status, error, body, delay)
        // Both vendors' own clients obey it before all else (openai-python, anthropic).
        switch (reply.header("x-should-retry"), verdict) {
        case ("false", .retry(let retry)): return .failed(retry.kind)
        case ("true", .dead), ("true", .rejected):
            return .retry(Retry(kind: .asked, delayMilliseconds: delay))
        case ("true", .stop) where [404, 501, 505].contains(status):
            return .retry(Retry(kind: .asked, delayMilliseconds: delay))
        default: return verdict
        }
    }

    private func plain(
        _ status: Int, _ error: ProviderError, _ body: [UInt8], _ delay: Int64?
    ) -> Verdict {
        func retry(_ kind: Retry.Kind) -> Verdict {
            .retry(Retry(kind: kind, delayMilliseconds: delay))
        }
        switch status {
        case 400 where error.isContentPolicy: return .refused(reason: "content_filter")
        case 408, 409, 425: return retry(.asked)
        case 429 where error.isOverload: return retry(.overloaded)
        case 429: return retry(.rateLimited)
        case 529: return retry(.overloaded)
        case 500... where error.isOverload: return retry(.overloaded)
        case 500: return retry(.serverError)
        case 413: return .dead(reason: "too_long")
        case 400 where error.isTooLong: return .dead(reason: "too_long")
        case 400..<500:
            if let message = replyWords.message(error, asked: body) { lastRejection.note(message) }
            return .rejected(reason: redactor.code(error.reason) ?? "http_\(status)")
        default: return retry(.gateway)
        }
    }

    /// What no other call would fare better with.
    private func fatal(_ status: Int, _ error: ProviderError) -> Fault? {
        let why = "HTTP \(status)" + (error.message.map { ", \(redactor.redact($0))" } ?? "")
        func fault(_ kind: Fault.Kind, _ what: String, _ hint: String) -> Fault {
            Fault(kind, "endpoint \(endpointName) \(what)", why: why, hint: hint)
        }
        switch status {
        case 300..<400:
            return fault(
                .configuration, "answered with a redirection",
                "write the address it points to as base_url; none is ever followed")
        case 401, 403:
            return fault(.unavailable, "refused the key", "check the key and what it may do")
        case 402:
            return fault(.unavailable, "wants payment", "settle the account, then run again")
        case 404:
            return fault(
                .configuration, "has no such address or model", "check base_url and model")
        case 400 where error.isQuota, 429 where error.isQuota:
            return fault(
                .stopped, "says that the quota is used up",
                "raise it there, then run again: what was answered is not asked twice")
        case 501, 505:
            return fault(
                .configuration, "cannot do this kind of call", "use another endpoint for it")
        case ..<200, 600...:
            return fault(.configuration, "does not speak HTTP as expected", "check base_url")
        default: return nil
        }
    }

    /// By libcurl's result code (libcurl-errors(3)).
    func verdict(_ failure: TransferFailure) -> Verdict {
        lastFailure.note(words(failure))
        switch failure.code {
        case 1, 3:
            return .stop(fault(failure, "has an address libcurl refuses", "check base_url"))
        case 51, 58, 59, 60, 77:
            return .stop(
                fault(
                    failure, "could not prove who it is",
                    "check base_url and the machine's certificates"))
        case 23, 63: return .dead(reason: "reply_too_large")
        case 61: return .retry(Retry(kind: .badEncoding))
        case 42 where failure.message == "the client was closed" && !failure.wasSent:
            return .stop(Fault(.stopped, "the endpoint client was closed"))
        default:
            return .retry(Retry(kind: failure.wasSent ? .ambiguous : .unreachable))
        }
    }

    private func fault(_ failure: TransferFailure, _ what: String, _ hint: String) -> Fault {
        Fault(
            .configuration, "endpoint \(endpointName) \(what)",
            why: at(words(failure)), hint: hint)
    }

    private var replyWords: ReplyWords { ReplyWords(redactor: redactor, model: model) }

    /// What a reply says that asks for another try; see ``ReplyWords``.
    func words(_ reply: HTTPReply, _ kind: Retry.Kind, asked body: [UInt8]) -> String {
        let said = replyWords.words(reply, asked: body)
        let words = kind == .badReply ? "\(said), which is no answer in the protocol" : said
        lastError.note(words)
        return words
    }

    /// What libcurl says of a failure, redacted.
    func words(_ failure: TransferFailure) -> String {
        "\(redactor.redact(failure.message)) (libcurl \(failure.code))"
    }

    /// With the address in front, where it is known.
    private func at(_ words: String) -> String {
        address.isEmpty ? words : "\(address): \(words)"
    }

    /// The fault that ends a run whose template the endpoint does not take.
    func templateFault(_ template: String, reason: String) -> Fault {
        Fault(
            .configuration, "endpoint \(endpointName) rejects too many calls of \(template)",
            why: "the latest: \(reason)" + (lastRejection.words.map { ", \($0)" } ?? ""),
            hint: "correct the template or its settings, `curate plan --show-prompts` shows them; "
                + "then `curate retry`")
    }

    /// The fault of a call whose tries are used up.
    func exhausted(_ kind: Retry.Kind) -> Fault {
        let answer = lastError.words.map { ": \($0)" } ?? ""
        let why =
            switch kind {
            case .rateLimited: "refused for its rate limit" + answer
            case .overloaded: "overloaded" + answer
            case .gateway: "a gateway in front of it failed" + answer
            case .serverError: "it failed inside" + (answer.isEmpty ? " (HTTP 500)" : answer)
            case .asked: "it asked to try again, each time" + answer
            case .unreachable: at(lastFailure.words ?? "it could not be reached")
            case .ambiguous:
                at(
                    "the connection broke after the call was sent, each time"
                        + (lastFailure.words.map { ", at last: \($0)" } ?? ""))
            case .badReply: at("what came back was not the protocol" + answer)
            case .badEncoding: "what came back could not be decompressed"
            }
        let isUnreachable = kind == .unreachable
        if kind == .badReply {
            return Fault(
                .unavailable, "endpoint \(endpointName) gave no answer to a call", why: why,
                hint: "check base_url: a login page or a proxy may stand before the endpoint; then "
                    + "the same command continues")
        }
        return Fault(
            .unavailable,
            isUnreachable
                ? "endpoint \(endpointName) could not be reached"
                : "endpoint \(endpointName) gave no answer to a call",
            why: why,
            hint: isUnreachable
                ? "`curate doctor --endpoint` looks again; then the same command continues"
                : "run again later: answered calls are not repeated")
    }
}

/// What was said of the latest failure, redacted, shared by an endpoint's calls.
private final class LastWords: Sendable {
    private let state = Mutex<String?>(nil)

    var words: String? { state.withLock { $0 } }

    func note(_ words: String) { state.withLock { $0 = words } }
}
