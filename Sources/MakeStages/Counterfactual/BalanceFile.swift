internal import Counterfactual
internal import Records

/// `balance.json`: how often groups, frames and predicates came, and which tokens tell the label.
enum BalanceFile {
    static func json(
        _ report: BalanceReport, failures: [String], axes: [String: String]
    ) -> [UInt8] {
        var object = JSONObject()
        object["sets"] = .integer(report.sets)
        object["rows"] = .integer(report.rows)
        object["failures"] = .strings(failures)
        object["frames"] = .raw(
            array(sorted(report.templates).map { line("frame", $0.key, $0.value) }))
        object["cells"] = .raw(
            array(
                Cell.allCases.flatMap { cell in
                    sorted(report.concepts[cell] ?? [:]).map { concept, count in
                        var line = JSONObject()
                        line["cell"] = .string(cell.rawValue)
                        line["subject"] = .string(concept)
                        line["axis"] = axes[concept].map { .string($0) } ?? .null
                        line["rows"] = .integer(count)
                        return line.bytes
                    }
                }))
        object["strongest_tokens"] = .raw(
            array(
                report.strongestTokens().map { token in
                    var line = JSONObject()
                    line["token"] = .string(token.token)
                    line["log_odds"] = .number((token.logOdds * 1e6).rounded() / 1e6)
                    return line.bytes
                }))
        return object.bytes + [UInt8(ascii: "\n")]
    }

    private static func line(_ name: String, _ value: String, _ rows: Int) -> [UInt8] {
        var line = JSONObject()
        line[name] = .string(value)
        line["rows"] = .integer(rows)
        return line.bytes
    }

    private static func sorted(_ counts: [String: Int]) -> [(key: String, value: Int)] {
        counts.sorted { $0.key < $1.key }
    }

    private static func array(_ lines: [[UInt8]]) -> [UInt8] {
        Array("[\n".utf8) + Array(lines.joined(separator: Array(",\n".utf8))) + Array("\n]".utf8)
    }
}
