internal import ArgumentParser
internal import Pipeline
internal import Records

struct StagesCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "stages",
        abstract: "List the stages, or describe one with its settings and their defaults.")

    @Argument(help: "A stage.", completion: .stageName)
    var name: String?

    @OptionGroup var format: JSONOption

    func run(_ context: Context) async throws(Fault) -> Int32 {
        if format.json {
            let shown = context.catalogue.stages.map { $0.description }.filter {
                name == nil || $0.name == name
            }
            if !shown.isEmpty {
                var object = JSONObject()
                object["stages"] = .array(
                    shown.map { StageSheet.object($0, context.catalogue).bytes })
                return try context.console.print(object, exit: 0)
            }
        }
        guard let name else {
            var table = Table(["stage", "kind", "what it does"], left: [0, 1, 2])
            for stage in context.catalogue.stages {
                let description = stage.description
                table.add([description.name, description.role.rawValue, description.summary])
            }
            for line in table.lines { context.console.print(line) }
            try context.console.checkOutput()
            return 0
        }
        guard context.catalogue[name] != nil else {
            throw Fault(
                .usage, "there is no stage `\(name)`",
                hint: NearestName.hint(name, in: context.catalogue.names))
        }
        context.console.print(StageSheet.text(of: name, in: context.catalogue))
        try context.console.checkOutput()
        return 0
    }
}

/// All that a user may know of one stage.
enum StageSheet {
    static func object(_ description: StageDescription, _ catalogue: Catalogue) -> JSONObject {
        var object = JSONObject()
        object["stage"] = .string(description.name)
        object["kind"] = .string(description.role.rawValue)
        object["version"] = .integer(description.version)
        object["summary"] = .string(description.summary)
        object["method"] = .string(description.method)
        object["cost"] = .string(description.cost)
        object["reads"] = .strings(description.reads)
        object["writes"] = JSONOutput.string(description.writes)
        object["refuses"] = .array(
            description.refusals.map { refusal in
                var object = JSONObject()
                object["reason"] = .string(refusal.code)
                object["meaning"] = .string(refusal.meaning)
                object["counts_as_failed"] = .boolean(refusal.isFailure)
                return object.bytes
            })
        object["settings"] = .array(
            catalogue.declarations(of: description.name).map { setting in
                var object = JSONObject()
                object["setting"] = .string(setting.path)
                object["type"] = .string(setting.type)
                object["default"] = JSONOutput.string(setting.defaultValue)
                object["range"] = JSONOutput.string(setting.range)
                object["meaning"] = .string(setting.help)
                return object.bytes
            })
        return object
    }

    static func text(of name: String, in catalogue: Catalogue) -> String {
        guard let description = catalogue[name]?.description else { return "" }
        var lines = [
            "\(description.name) (\(description.role.rawValue), version \(description.version))",
            description.summary, "", description.method, "", "cost: \(description.cost)",
        ]
        if !description.reads.isEmpty {
            lines.append("reads: \(description.reads.joined(separator: ", "))")
        }
        if let writes = description.writes { lines.append("writes: \(writes)") }
        if !description.refusals.isEmpty {
            var table = Table(["refuses", "because"], left: [0, 1])
            for refusal in description.refusals {
                let mark = refusal.isFailure ? " (counts as failed)" : ""
                table.add([refusal.code, refusal.meaning + mark])
            }
            lines += [""] + table.lines
        }
        let settings = catalogue.declarations(of: name)
        if !settings.isEmpty {
            var table = Table(["setting", "type", "default", "meaning"], left: [0, 1, 2, 3])
            for setting in settings {
                let range = setting.range.map { " (\($0))" } ?? ""
                table.add([
                    setting.path, setting.type, shortened(setting.defaultValue ?? "-"),
                    setting.help + range,
                ])
            }
            lines += [""] + table.lines
        }
        return lines.joined(separator: "\n")
    }

    /// A long list would push the meaning of every setting off the screen.
    private static func shortened(_ value: String) -> String {
        value.count > 40 ? "\(value.prefix(39))…" : value
    }
}
