internal import Pipeline
internal import Records
internal import Text

/// Reads lines of JSON: users' objects, and records of our own.
struct JSONRowReader: ~Copyable {
    /// The deepest nesting of a row: below what is read of a record, in which a row's own keys lie
    /// one level deeper.
    static let deepest = 512

    private var parser = JSONParser(deepest: JSONRowReader.deepest, findsDoubledKeys: true)
    private var nested = JSONParser()
    private var records = RecordParser()
    private let rules: RowRules

    init(_ rules: RowRules) { self.rules = rules }

    /// What a line's object holds, by what it means.
    private struct Members {
        var id: JSONField?
        var text: JSONField?
        var label: JSONField?
        var labels: JSONField?
        var metadata: JSONField?
        /// Of the columns that are labels, by their places in the rules.
        var columns: [(Int, JSONField)] = []
        var duration: JSONField?
        var extras: [JSONField] = []
    }

    /// A line of which `readable` bytes may be read; never throws for what is in it.
    mutating func row(
        _ bytes: UnsafeRawBufferPointer, readable: Int, line: Int
    ) throws(Fault) -> IngestedRow {
        var (bytes, readable) = (bytes, readable)
        // Where files were put together, a byte order mark may begin any line.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(3))
            readable -= 3
        }
        do throws(Fault) {
            return try read(bytes, readable, line)
        } catch {
            guard error.kind == .badData else { throw error }
            return try repaired(Array(bytes), line, why: error.why)
        }
    }

    /// A second try for a line that is not valid JSON: with its bytes made UTF-8, controls dropped
    /// and lone surrogates replaced.
    private mutating func repaired(
        _ bytes: [UInt8], _ line: Int, why: String?
    ) throws(Fault) -> IngestedRow {
        var (fixed, changes) = WellFormed.repair(bytes)
        changes.replaced += LoneSurrogates.replace(in: &fixed)
        let count = fixed.count
        do throws(Fault) {
            var row = try read(padded: fixed, count, line)
            row.changes.replaced += changes.replaced
            row.changes.controls += changes.controls
            return row
        } catch {
            guard error.kind == .badData else { throw error }
            // A lone value is valid JSON, but no row.
            let listed = [UInt8(ascii: "[")] + fixed + [UInt8(ascii: "]")]
            let isValue =
                (try? parser.children(of: listed) { fields throws(Fault) in fields.count == 1 })
                ?? false
            return IngestedRow(
                line: line,
                refusal: isValue
                    ? Refusal("not_an_object") : Refusal("malformed_json", detail: why))
        }
    }

    private mutating func read(
        padded bytes: [UInt8], _ count: Int, _ line: Int
    ) throws(Fault) -> IngestedRow {
        var block = bytes
        block.append(contentsOf: repeatElement(0, count: JSONParser.padding))
        var result: Result<IngestedRow, Fault> = .failure(Fault(.badData, "nothing was read"))
        block.withUnsafeBytes { buffer in
            do throws(Fault) {
                result = .success(
                    try read(UnsafeRawBufferPointer(rebasing: buffer[..<count]), buffer.count, line)
                )
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    private mutating func read(
        _ bytes: UnsafeRawBufferPointer, _ readable: Int, _ line: Int
    ) throws(Fault) -> IngestedRow {
        try Self.read(bytes, readable, line, rules, &parser, &nested, &records)
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer, _ readable: Int, _ line: Int, _ rules: RowRules,
        _ parser: inout JSONParser, _ nested: inout JSONParser, _ records: inout RecordParser
    ) throws(Fault) -> IngestedRow {
        try parser.children(of: bytes, readable: readable) { fields throws(Fault) in
            guard bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else {
                return IngestedRow(line: line, refusal: Refusal("not_an_object"))
            }
            func rest(_ field: JSONField) -> Int {
                guard let start = bytes.baseAddress, let raw = field.raw.baseAddress else {
                    return 0
                }
                return readable - (raw - start)
            }
            let members = sort(fields, rules)
            if fields.hasDoubledKey {
                return IngestedRow(line: line, refusal: Refusal("duplicate_key"))
            }
            if isRecord(fields) {
                return record(bytes, readable, line, rules, &records)
            }
            var row = IngestedRow(line: line)
            takeID(members.id, &row)
            takeText(members.text, rules, &row)
            try takeLabels(members, rules, rest, &nested, &row)
            if let field = members.duration, !field.isNull {
                row.seconds = RowRules.seconds(
                    field.string ?? String(decoding: field.raw, as: UTF8.self))
                if row.seconds == nil { row.refusal = row.refusal ?? Refusal("bad_duration") }
            }
            row.record.provenance.source = rules.source.kind
            row.record.provenance.labelledBy = row.record.labels.isEmpty ? nil : "source"
            try takeMetadata(members, rules, rest, &nested, &row)
            return row
        }
    }

    private static func sort(_ fields: JSONChildren, _ rules: RowRules) -> Members {
        var members = Members()
        for field in fields {
            let key = field.keyBytes
            if key.equals(rules.textKey) {
                members.text = field
            } else if key.equals(rules.id) {
                members.id = field
            } else if key.equals(rules.label) {
                members.label = field
            } else if key.equals(rules.labelsKey) {
                members.labels = field
            } else if let place = rules.columns.firstIndex(where: { key.equals($0.key) }) {
                members.columns.append((place, field))
            } else if field.hasKey("metadata") {
                members.metadata = field
            } else {
                if let duration = rules.duration, key.equals(duration) {
                    members.duration = field
                }
                members.extras.append(field)
            }
        }
        return members
    }

    /// A record has the five keys and no others, and its provenance is an object.
    static func isRecord(_ fields: JSONChildren) -> Bool {
        guard fields.count == 5, case .object? = fields["provenance"]?.kind else { return false }
        return fields["id"] != nil && fields["text"] != nil && fields["labels"] != nil
            && fields["metadata"] != nil
    }

    private static func record(
        _ bytes: UnsafeRawBufferPointer, _ readable: Int, _ line: Int, _ rules: RowRules,
        _ records: inout RecordParser
    ) -> IngestedRow {
        var row = IngestedRow(line: line)
        do throws(Fault) {
            row.record = try records.parse(bytes, readable: readable)
        } catch {
            row.refusal = Refusal("bad_record", detail: error.what)
            return row
        }
        row.take(rules.text.prepare(Array(row.record.text.utf8)), from: rules.source.name)
        var claims = LabelRules.Claims(isGiven: true)
        row.isRecord = true
        for label in row.record.labels.known {
            let name = CategoryName.normal(label.category)
            if !rules.labels.claim(name, label.value, &claims) {
                row.refusal = row.refusal ?? Refusal("unknown_label")
            }
        }
        row.unknownLabel = claims.unknown
        if let labels = rules.labels.labels(claims, isRecord: true) {
            row.record.labels = labels
            row.overruled = rules.labels.overruled(claims)
        } else {
            row.refusal = row.refusal ?? Refusal("bad_label", detail: "several categories")
        }
        return row
    }

    private static func takeID(_ field: JSONField?, _ row: inout IngestedRow) {
        switch field?.kind {
        case nil, .null?: break
        case .string?: row.record.id = WellFormed.repair(field?.string ?? "").text
        case .number?: row.record.id = field.map { String(decoding: $0.raw, as: UTF8.self) } ?? ""
        default: row.refusal = Refusal("bad_id")
        }
    }

    private static func takeText(
        _ field: JSONField?, _ rules: RowRules, _ row: inout IngestedRow
    ) {
        switch field?.kind {
        case nil, .null?: row.refusal = row.refusal ?? Refusal("missing_text")
        case .string?:
            if let field {
                row.take(rules.text.prepare(Array(field.stringBytes)), from: rules.source.name)
            }
        default: row.refusal = row.refusal ?? Refusal("bad_text_type")
        }
    }

    private static func takeLabels(
        _ members: Members, _ rules: RowRules, _ rest: (JSONField) -> Int,
        _ nested: inout JSONParser, _ row: inout IngestedRow
    ) throws(Fault) {
        if members.labels == nil, members.columns.isEmpty, let label = members.label?.string,
            let labels = rules.labels.labels(alone: label)
        {
            row.record.labels = labels
            return
        }
        var claims = LabelRules.Claims()
        for case let field? in [members.label, members.labels] {
            let refusal: Refusal?
            switch field.kind {
            case .null: continue
            case .array, .object:
                let isObject = if case .object = field.kind { true } else { false }
                claims.isGiven = true
                refusal = try nested.children(of: field.raw, readable: rest(field)) {
                    children throws(Fault) in
                    var names: [String] = []
                    for child in children {
                        let refusal: Refusal?
                        if isObject {
                            let name = CategoryName.normal(child.key)
                            names.append(name)
                            refusal = claim(name, child, rules, &claims)
                        } else {
                            refusal = claim(name: child, rules, &claims)
                        }
                        if let refusal { return refusal }
                    }
                    // Two keys may be one name, though no two of them are the same bytes.
                    return Set(names).count < names.count ? Refusal("duplicate_key") : nil
                }
            default: refusal = claim(name: field, rules, &claims)
            }
            if let refusal { row.refusal = row.refusal ?? refusal }
        }
        for (place, field) in members.columns {
            let refusal = claim(column: rules.columns[place].name, field, rules, &claims)
            row.refusal = row.refusal ?? refusal
        }
        rules.finish(claims, &row)
    }

    /// A label of its own, or one that holds a label's name.
    private static func claim(
        column: String, _ field: JSONField, _ rules: RowRules, _ claims: inout LabelRules.Claims
    ) -> Refusal? {
        switch field.kind {
        case .null: return nil
        case .array, .object: return Refusal("bad_label", detail: "\(column) is not 0 or 1")
        case .string: return rules.labels.claim(column: column, field.string ?? "", &claims)
        case .number, .boolean:
            let text = String(decoding: field.raw, as: UTF8.self)
            return rules.labels.claim(column: column, text, &claims)
        }
    }

    /// One label that is 1.
    private static func claim(
        name field: JSONField, _ rules: RowRules, _ claims: inout LabelRules.Claims
    ) -> Refusal? {
        let name: String
        switch field.kind {
        case .string: name = CategoryName.normal(field.string ?? "")
        case .number, .boolean:
            name = String(decoding: field.raw, as: UTF8.self)
            guard rules.labels.isNamed(name) else {
                claims.unknown = claims.unknown ?? name
                return Refusal("bad_label", detail: "a number or a truth value")
            }
        default: return Refusal("bad_label", detail: "not a string")
        }
        if rules.labels.isMissing(name, &claims) { return nil }
        claims.isGiven = true
        return rules.labels.claim(name, true, &claims) ? nil : Refusal("unknown_label")
    }

    /// One label with its value.
    private static func claim(
        _ name: String, _ field: JSONField, _ rules: RowRules, _ claims: inout LabelRules.Claims
    ) -> Refusal? {
        if name.isEmpty { return Refusal("bad_label", detail: "a label without a name") }
        let value: Bool?
        switch field.kind {
        case .null: value = nil
        case .boolean(let flag): value = flag
        case .number where field.number == 0: value = false
        case .number where field.number == 1: value = true
        default: return Refusal("bad_label", detail: "\(name) is not 0 or 1")
        }
        return rules.labels.claim(name, value, &claims) ? nil : Refusal("unknown_label")
    }

    /// The user's own values: `metadata` byte for byte, with the further keys behind its members.
    private static func takeMetadata(
        _ members: Members, _ rules: RowRules, _ rest: (JSONField) -> Int,
        _ nested: inout JSONParser, _ row: inout IngestedRow
    ) throws(Fault) {
        var extras = members.extras
        if let kept = rules.source.kept { extras.removeAll { !kept.contains(utf8: $0.keyBytes) } }
        var own: UnsafeRawBufferPointer?
        if let field = members.metadata {
            switch field.kind {
            case .object: own = field.raw
            case .null: break
            default: extras.append(field)
            }
        }
        if extras.isEmpty {
            if let own { row.record.metadata = Array(own) }
            return
        }
        var metadata: [UInt8] = own.map { Array($0.dropLast()) } ?? [UInt8(ascii: "{")]
        var isFirst = true
        if let own, let field = members.metadata {
            let extras = extras
            let clashes = try nested.children(of: own, readable: rest(field)) {
                children throws(Fault) in
                isFirst = children.isEmpty
                return children.contains { child in
                    extras.contains { $0.keyBytes.elementsEqual(child.keyBytes) }
                }
            }
            if clashes { row.refusal = row.refusal ?? Refusal("duplicate_key") }
        }
        for field in extras {
            if !isFirst { metadata.append(UInt8(ascii: ",")) }
            isFirst = false
            JSONText.append(field.keyBytes, to: &metadata)
            metadata.append(UInt8(ascii: ":"))
            metadata.append(contentsOf: field.raw)
        }
        metadata.append(UInt8(ascii: "}"))
        row.record.metadata = metadata
    }
}
