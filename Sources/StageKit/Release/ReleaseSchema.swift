package import Parquet
package import Records

/// The columns of a released split: those of a record, typed the same in every release, so that
/// files of several releases go together.
///
/// `labels`, `metadata` and `provenance.operators` differ from row to row and are JSON. Where a
/// taxonomy gives a text one category, `label` has its number as well, as the `ClassLabel` of
/// Hugging Face's `datasets` does.
package struct ReleaseSchema: Sendable {
    /// The names behind the numbers of `label`; nil without such a column.
    package let classes: [String]?
    /// For each class the categories that it brings with it.
    private let implied: [Set<String>]

    package init(_ taxonomy: Taxonomy?) {
        guard let taxonomy, taxonomy.isSingleLabel else {
            (classes, implied) = (nil, [])
            return
        }
        classes = taxonomy.categories.map(\.id)
        implied = taxonomy.categories.map { Set(taxonomy.closure(of: $0.id).dropFirst()) }
    }

    /// What a column is called, and how `datasets` names its type.
    private enum Kind: String {
        case string, json

        var parquet: ParquetSchema.Kind { self == .string ? .string : .json }
    }

    private static let provenance: [(name: String, kind: Kind)] = [
        ("source", .string), ("category", .string), ("parent_id", .string), ("root_id", .string),
        ("set_id", .string), ("template", .string), ("model", .string), ("reply", .string),
        ("operators", .json), ("labelled_by", .string),
    ]

    package static let label = "label"
    /// The columns that are a record's keys.
    package static let recordKeys: Set<String> = ["id", "text", "labels", "provenance", "metadata"]
    /// The columns that are JSON, also when another program has dropped the note that they are.
    package static let jsonColumns: Set<String> = ["labels", "provenance.operators", "metadata"]

    /// The name of the Parquet file beside a split's file of JSON lines: `train.parquet`.
    package static func table(of lines: String) -> String { "\(lines.dropLast(6)).parquet" }

    /// The schema of the Parquet file.
    package var parquet: ParquetSchema {
        var fields: [ParquetSchema.Field] = [.column("id", .string), .column("text", .string)]
        if classes != nil { fields.append(.column(Self.label, .integer)) }
        fields.append(.column("labels", .json))
        fields.append(
            .structure("provenance", Self.provenance.map { ($0.name, $0.kind.parquet) }))
        fields.append(.column("metadata", .json))
        return ParquetSchema(fields)
    }

    /// Appends a record's values, in the order of the columns.
    package func append(_ record: Record, to group: inout RowGroupBuilder) {
        var column = 0
        func next() -> Int {
            defer { column += 1 }
            return column
        }
        group.append(record.id, to: next())
        group.append(record.text, to: next())
        if classes != nil { group.append(number(of: record.labels), to: next()) }
        group.append(record.labels.json, to: next())
        let provenance = record.provenance
        group.append(provenance.source.rawValue, to: next())
        for value in [
            provenance.category, provenance.parentID, provenance.rootID, provenance.setID,
            provenance.template, provenance.model, provenance.reply,
        ] {
            group.append(value, to: next())
        }
        group.append(provenance.operators, to: next())
        group.append(provenance.labelledBy, to: next())
        group.append(record.metadata, to: next())
    }

    /// The number of the one category that is 1, less those that others bring with them; nil when
    /// there is none, or more than one.
    package func number(of labels: Labels) -> Int? {
        guard let classes else { return nil }
        let positives = labels.positives
        if positives.count == 1 { return classes.firstIndex(of: positives[0]) }
        let numbers = positives.compactMap { classes.firstIndex(of: $0) }
        guard numbers.count == positives.count else { return nil }
        let own = numbers.filter { number in
            !numbers.contains { implied[$0].contains(classes[number]) }
        }
        return own.count == 1 ? own[0] : nil
    }

    /// The features as `datasets` stores them in a Parquet file's footer under `huggingface`.
    package var features: String {
        func value(_ kind: Kind) -> JSONObject.Value {
            var type = JSONObject()
            if kind == .string { type["dtype"] = .string("string") }
            type["_type"] = .string(kind == .string ? "Value" : "Json")
            return .raw(type.bytes)
        }
        var features = JSONObject()
        features["id"] = value(.string)
        features["text"] = value(.string)
        if let classes {
            var label = JSONObject()
            label["names"] = .strings(classes)
            label["_type"] = .string("ClassLabel")
            features[Self.label] = .raw(label.bytes)
        }
        features["labels"] = value(.json)
        var provenance = JSONObject()
        for column in Self.provenance { provenance[column.name] = value(column.kind) }
        features["provenance"] = .raw(provenance.bytes)
        features["metadata"] = value(.json)
        var info = JSONObject()
        info["features"] = .raw(features.bytes)
        var root = JSONObject()
        root["info"] = .raw(info.bytes)
        return String(decoding: root.bytes, as: UTF8.self)
    }

    /// The same as lines of YAML below `dataset_info` of a dataset card.
    ///
    /// - Parameter hasLabel: Whether the column `label` is in the files.
    package func yaml(hasLabel: Bool) -> [String] {
        func lines(_ name: String, _ kind: Kind, _ indent: String) -> [String] {
            ["\(indent)- name: \(name)", "\(indent)  dtype: \(kind.rawValue)"]
        }
        var yaml = ["  features:"] + lines("id", .string, "  ") + lines("text", .string, "  ")
        if hasLabel, let classes {
            yaml += [
                "  - name: \(Self.label)", "    dtype:", "      class_label:", "        names:",
            ]
            yaml += classes.enumerated().map { "          '\($0)': \(Markdown.quoted($1))" }
        }
        yaml += lines("labels", .json, "  ") + ["  - name: provenance", "    struct:"]
        for column in Self.provenance { yaml += lines(column.name, column.kind, "    ") }
        return yaml + lines("metadata", .json, "  ")
    }
}
