public import Pipeline
internal import Providers
public import Records
internal import StageKit

/// docs/stages.md, written from the stages' own descriptions so that it cannot disagree with them.
public enum StagesReference {
    /// The reference of all stages of `catalogue`, in its order.
    ///
    /// - Throws: When a stage cannot describe its steps.
    public static func markdown(_ catalogue: Catalogue) throws(Fault) -> String {
        var text = """
            # Stages

            Written from the stages' own descriptions: edit those, then run \
            `CURATE_RECORD=1 swift test --filter StagesReferenceTests`.

            A pipeline file lists stages; each takes a dataset and returns one. What a stage \
            refuses goes to its `refused.jsonl` with a reason code; what it notes about a row \
            lies beside the rows in a sidecar.


            """
        text += Markdown.table(
            ["stage", "kind", "what it does"],
            catalogue.stages.map { stage in
                let description = stage.description
                return [
                    "[\(description.name)](#\(description.name))", description.role.rawValue,
                    cell(description.summary),
                ]
            })
        text += """

            ## The provider

            Which model the stages ask that ask one: `provider: offline` for the server that \
            `curate run` starts itself, or a mapping of these settings.


            """
        text += table(ProviderSettings.declarations)
        for stage in catalogue.stages {
            let name = stage.description.name
            text += section(
                stage.description, catalogue.declarations(of: name),
                try catalogue.steps(of: name))
        }
        return text
    }

    private static func table(_ settings: [SettingsReader.Declaration]) -> String {
        Markdown.table(
            ["setting", "type", "default", "range", "meaning"],
            settings.map { setting in
                [
                    "`\(setting.path)`", setting.type,
                    setting.defaultValue.map { $0.isEmpty ? "empty" : "`\(cell($0))`" } ?? "–",
                    cell(setting.range ?? "–"), cell(setting.help),
                ]
            })
    }

    private static func section(
        _ description: StageDescription, _ settings: [SettingsReader.Declaration],
        _ steps: [(kind: String, name: String)]
    ) -> String {
        var text = "\n## \(description.name)\n\n\(description.summary)\n\n\(description.method)\n\n"
        text += "**Kind**: \(words(description.role))\n\n"
        text += "**Cost**: \(description.cost)\n\n"
        text += "**Steps**: "
        text += steps.map { "\($0.kind) “\($0.name)”" }.joined(separator: ", ") + ".\n\n"
        text += "**Reads**: \(names(description.reads, otherwise: "records only"))"
        if !description.readsIfPresent.isEmpty {
            text += "; where they are there: \(names(description.readsIfPresent, otherwise: ""))"
        }
        let written = [description.writes, description.writesBeside].compactMap { $0 }
        text += ". **Writes**: \(names(written, otherwise: "no sidecar")). "
        text += "**Version**: \(description.version).\n\n"
        if settings.isEmpty {
            text += "No settings.\n"
        } else {
            text += table(settings)
        }
        if !description.refusals.isEmpty {
            text += "\n"
            text += Markdown.table(
                ["refusal", "meaning"],
                description.refusals.map { refusal in
                    [
                        "`\(refusal.code)`",
                        cell(refusal.meaning)
                            + (refusal.isFailure ? " Counts as failed (`allow.failed`)." : ""),
                    ]
                })
        }
        return text
    }

    private static func names(_ names: [String], otherwise: String) -> String {
        names.isEmpty ? otherwise : names.map { "`\($0)`" }.joined(separator: ", ")
    }

    private static func words(_ role: StageDescription.Role) -> String {
        switch role {
        case .source: "source; makes a dataset out of sources."
        case .generator: "generator; adds rows."
        case .filter: "filter; refuses rows."
        case .annotator: "annotator; adds values beside rows, or changes labels."
        case .reporter: "reporter; reads only, and writes files for people."
        }
    }

    /// Text of our own for a table's cell: its Markdown stays, a bar or a line's end would not.
    private static func cell(_ text: String) -> String {
        var result = ""
        for character in text {
            if character == "|" {
                result += "\\|"
            } else {
                result.append(character.isNewline ? " " : character)
            }
        }
        return result
    }
}
