internal import FoundationEssentials
internal import Records
internal import Store

/// How a run of the log ended, out of the document that was kept of it.
struct RunEnd {
    /// The exit code; nil for a run that is under way or whose process died.
    let exit: Int?
    /// The first line of its summary; nil for one that ended with 0.
    let reason: String?

    private struct Document: Decodable {
        struct Failure: Decodable {
            var kind: String
            var what: String
            var place: String?
            var why: String?

            enum CodingKeys: String, CodingKey {
                case kind, what, why
                case place = "where"
            }
        }

        var exit: Int?
        var reasons: [String]?
        var error: Failure?
    }

    init(_ run: RunRecord) {
        switch run.state {
        case .running: (exit, reason) = (nil, nil)
        case .interrupted:
            (exit, reason) = (nil, "interrupted: its process ended before the run did")
        case .done, .stopped, .failed:
            let data = Data((run.summary ?? "").utf8)
            let document = try? JSONDecoder().decode(Document.self, from: data)
            exit = document?.exit
            if let error = document?.error {
                reason = Self.line(
                    isStop: error.kind == Fault.Kind.stopped.rawValue, place: error.place,
                    what: error.what, why: error.why)
            } else {
                reason = document?.reasons?.first
            }
        }
    }

    /// Whether the run reached its end, so that a further one would do nothing.
    var isWhole: Bool { exit == 0 || exit == 1 }

    /// `stopped: label: the budget is used up: 100 of 100 calls`.
    static func line(isStop: Bool, place: String?, what: String, why: String?) -> String {
        "\(isStop ? "stopped" : "failed"): "
            + [place, what, why].compactMap { $0 }.joined(separator: ": ")
    }
}
