internal import ArgumentParser
internal import Records

/// What `--json` prints: one document on standard output, whatever the exit code.
///
/// ```
/// {"error":{"kind":"configuration","what":"…","where":"mine.yaml:3:7","why":null,"hint":"…"},
///  "also":[…],"exit":78}
/// ```
enum JSONOutput {
    /// Whether a command line asks for JSON.
    static func isAsked(by words: [String]) -> Bool {
        words.prefix { $0 != "--" }.contains("--json")
    }

    /// The document of a command that did not do its work; faults found in the same go in `also`.
    static func bytes(_ fault: Fault) -> [UInt8] {
        var object = JSONObject()
        add(fault, to: &object)
        return object.bytes
    }

    /// Appends `error`, `also` and `exit`.
    static func add(_ fault: Fault, to object: inout JSONObject) {
        let faults = fault.all
        object["error"] = .raw(faults.first.map(member) ?? Array("null".utf8))
        if faults.count > 1 { object["also"] = .array(faults.dropFirst().map(member)) }
        object["exit"] = .integer(Int(fault.kind.exitCode))
    }

    private static func member(_ fault: Fault) -> [UInt8] {
        var object = JSONObject()
        object["kind"] = .string(fault.kind.rawValue)
        object["what"] = .string(Redaction.redact(fault.what))
        object["where"] = string(fault.place.map { Redaction.redact("\($0)") })
        object["why"] = string(fault.why.map { Redaction.redact($0) })
        object["hint"] = string(fault.hint.map { Redaction.redact($0) })
        return object.bytes
    }

    static func string(_ text: String?) -> JSONObject.Value { text.map { .string($0) } ?? .null }

    static func integer(_ number: Int?) -> JSONObject.Value { number.map { .integer($0) } ?? .null }

    static func counts(_ counts: [String: Int]) -> JSONObject.Value {
        var object = JSONObject()
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            object[name] = .integer(count)
        }
        return .raw(object.bytes)
    }

    /// Millionths of a currency as its units.
    static func money(_ microunits: Int64) -> JSONObject.Value { .number(Double(microunits) / 1e6) }
}

extension Console {
    /// Prints a document, with the exit code as its last member.
    func print(_ object: JSONObject, exit code: Int32) throws(Fault) -> Int32 {
        var object = object
        object["exit"] = .integer(Int(code))
        print(String(decoding: object.bytes, as: UTF8.self))
        try checkOutput()
        return code
    }
}

/// `--json`, of the commands that print a document with it.
struct JSONOption: ParsableArguments {
    @Flag(help: "Print one JSON document, also when it ends with an error.")
    var json = false
}
