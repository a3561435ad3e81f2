internal import ArgumentParser
internal import Pipeline
internal import Records

struct DoctorCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check that everything a run needs is there.")

    @OptionGroup var output: OutputOption
    @OptionGroup var format: JSONOption

    @Option(help: "The base URL of an endpoint to reach as well, such as http://127.0.0.1:8080/v1.")
    var endpoint: String?

    func run(_ context: Context) async throws(Fault) -> Int32 {
        var checks = [
            Check(
                .ok, "curate",
                "\(Tool.version), \(NumberFormat.count(context.catalogue.names.count, "stage"))"),
            Checks.processor, Checks.home,
        ]
        checks += Checks.model
        checks += [Checks.database, Checks.transfer]
        checks += Checks.workspace(output.root)
        if let endpoint { checks.append(await Checks.endpoint(endpoint)) }
        if format.json {
            var object = JSONObject()
            object["checks"] = .array(
                checks.map { check in
                    var object = JSONObject()
                    object["state"] = .string(check.state.rawValue)
                    object["check"] = .string(check.name)
                    object["detail"] = .string(Redaction.redact(check.detail))
                    object["hint"] = JSONOutput.string(check.hint)
                    return object.bytes
                })
            return try context.console.print(object, exit: Check.exitCode(checks))
        }
        let width = checks.map(\.name.count).max() ?? 0
        for check in checks {
            let state = check.state.rawValue.padded(to: 4)
            context.console.print(
                Redaction.redact("\(state)  \(check.name.padded(to: width))  \(check.detail)"))
            if let hint = check.hint { context.console.print("      hint: \(hint)") }
        }
        try context.console.checkOutput()
        return Check.exitCode(checks)
    }
}

/// One line of `curate doctor`.
struct Check {
    enum State: String { case ok, warn, fail }

    var state: State
    var name: String
    var detail: String
    var hint: String?
    /// What kind of fault a failed check is.
    var kind: Fault.Kind

    init(
        _ state: State, _ name: String, _ detail: String, hint: String? = nil,
        kind: Fault.Kind = .configuration
    ) {
        self.state = state
        self.kind = kind
        self.name = name
        self.detail = detail
        self.hint = hint
    }

    /// 78 when something is not set up right, 69 when only the endpoint does not answer, else 0.
    static func exitCode(_ checks: [Check]) -> Int32 {
        let kinds = checks.filter { $0.state == .fail }.map(\.kind)
        return (kinds.first { $0 != .unavailable } ?? kinds.first)?.exitCode ?? 0
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
