public import Records

/// A prompt template: one Jinja-style file that becomes the messages of one request.
///
/// ```
/// {# variables: category, text #}
/// {# role: system #}
/// You label texts.
/// {# role: user #}
/// Category: {{ category }}
/// {{ text }}
/// ```
///
/// The file is cut at its role comments before any value is put in, so that no value can add a
/// message. Inside a section: `{{ name }}`, `{{ name|join:", " }}`, `for`, `if` (engine: Stencil).
/// A line that holds nothing but tags leaves no line behind.
/// Anything undeclared is a fault with file, line and column when the file is read; anything
/// missing or of the wrong form is one when it is rendered.
public struct PromptTemplate: Sendable {
    /// A field of a record.
    public struct Field: Sendable, Equatable {
        public var name: String
        public var isOptional: Bool
    }

    /// A variable as the header declares it.
    public struct Variable: Sendable, Equatable {
        public var name: String
        public var isOptional: Bool
        /// Of a record, or of each record of a list; empty for a plain value or a list of those.
        public var fields: [Field]
    }

    /// The file's name without its folder and ending.
    public let name: String
    public let file: String
    public var variables: [Variable] { header.variables }
    /// SHA-256 of the file's text in hexadecimal: changes when the prompt may.
    public let fingerprint: String

    private let header: TemplateHeader
    private let references: [TemplateCheck.Reference]
    private var sections: [CompiledSection]
    /// Values that are put in for good.
    private var fixed: [String: PromptValue] = [:]
    /// Whether the sections hold what depends on the fixed values alone.
    private var isFilled = false

    /// Reads and checks a template file.
    ///
    /// Faults (configuration): unreadable, no header, no role section, an undeclared variable, an
    /// unknown tag or filter, an unclosed tag or block; all of one file together.
    ///
    /// - Throws: `configuration` with the place of what is wrong in the template.
    public init(file: String) throws(Fault) {
        try self.init(source: TextFile.read(file), file: file)
    }

    /// As ``init(file:)``, with the text at hand; `file` is used in faults.
    ///
    /// - Throws: `configuration` with the places of all faults of the text.
    public init(source text: String, file: String) throws(Fault) {
        // One kind of line end, so that a file from another system gives the same prompt.
        let text = Self.withPlainLineEnds(text)
        let source = try TemplateSource(text, file: file)
        header = try TemplateHeader(of: source)
        let check = TemplateCheck(source, header)
        if let fault = Fault.combined(check.faults) { throw fault }
        references = check.references
        sections = try CompiledSection.all(of: source, references)
        fingerprint = SHA256.hash(text).hex
        self.file = file
        let last = file.split(separator: "/").last.map(String.init) ?? file
        name = last.hasSuffix(".jinja") ? String(last.dropLast(".jinja".count)) : last
    }

    /// The messages of one request, in the file's order; white space round each is taken off.
    ///
    /// Faults (configuration): a declared variable is missing, a given one is not declared, a
    /// value is not of the form the template uses it in.
    ///
    /// - Throws: `configuration` when a variable has no value or one of another kind.
    public func render(_ values: [String: PromptValue]) throws(Fault) -> [Message] {
        let all = fixed.merging(values) { fixed, _ in fixed }
        // The fixed values are checked already where they are in the sections.
        let checked = isFilled ? values : all
        let found = twice(values) + missing(all) + faults(in: checked)
        if let fault = Fault.combined(found) { throw fault }
        var messages: [Message] = []
        for section in sections {
            messages.append(Message(section.role, try section.render(all)))
        }
        return messages
    }

    /// The template with some values put in for good, so that what depends on them alone is
    /// rendered once and not for each request; rendering takes the other values.
    ///
    /// What is wrong with the values ``render(_:)`` says, with all else that is wrong.
    public func filled(with values: [String: PromptValue]) -> PromptTemplate {
        var filled = self
        filled.fixed = fixed.merging(values) { fixed, _ in fixed }
        filled.isFilled = false
        guard twice(values).isEmpty, faults(in: filled.fixed).isEmpty else { return filled }
        do throws(Fault) {
            var sections: [CompiledSection] = []
            for section in self.sections {
                sections.append(try section.filled(with: filled.fixed))
            }
            filled.sections = sections
            filled.isFilled = true
        } catch {
            // Rendering comes upon the same fault, and throws it.
            return filled
        }
        return filled
    }

    private func twice(_ values: [String: PromptValue]) -> [Fault] {
        values.keys.sorted().filter { fixed[$0] != nil }.map { name in
            Fault(
                .defect, "The value '\(name)' is given twice",
                at: header.positions[name]?.place(in: file))
        }
    }

    private func missing(_ values: [String: PromptValue]) -> [Fault] {
        header.variables.filter { !$0.isOptional && values[$0.name] == nil }.map { variable in
            Fault(
                .configuration, "The variable '\(variable.name)' has no value",
                at: header.positions[variable.name]?.place(in: file),
                hint: NearestName.of(variable.name, in: values.keys.sorted()).map {
                    "given is `\($0)`"
                })
        }
    }

    /// What is wrong with values by themselves.
    private func faults(in values: [String: PromptValue]) -> [Fault] {
        var faults: [Fault] = []
        for name in values.keys.sorted() where header.variable(name) == nil {
            faults.append(
                Fault(
                    .configuration, "The value '\(name)' is given but not declared",
                    at: .file(file, line: 1, column: 1),
                    hint: NearestName.hint(name, in: header.variables.map(\.name))))
        }
        for reference in references {
            guard let value = values[reference.path[0]] else { continue }
            if let what = mismatch(value, reference.path[...], reference.use) {
                faults.append(
                    Fault(.configuration, what, at: reference.position.place(in: file)))
            }
        }
        return faults
    }

    /// What is wrong with a value for one use of it; nil when nothing is.
    private func mismatch(
        _ value: PromptValue, _ path: ArraySlice<String>, _ use: TemplateCheck.Use,
        name: String? = nil
    ) -> String? {
        let name = name ?? String(path[path.startIndex])
        guard let step = path.dropFirst().first else { return mismatch(value, use, name) }
        switch (step, value) {
        case ("*", .list(let items)):
            for (index, item) in items.enumerated() {
                let found = mismatch(item, path.dropFirst(), use, name: "\(name)[\(index)]")
                if found != nil { return found }
            }
            return nil
        case ("*", _): return "'\(name)' must be a list"
        case (_, .fields(let fields)):
            let declared = header.variable(path.first == "*" ? baseName(name) : name)?.fields ?? []
            let isOptional = declared.first { $0.name == step }?.isOptional ?? false
            guard let field = fields[step] else {
                return isOptional ? nil : "'\(name).\(step)' has no value"
            }
            return mismatch(field, path.dropFirst(), use, name: "\(name).\(step)")
        default: return "'\(name)' has no field '\(step)'"
        }
    }

    private func mismatch(
        _ value: PromptValue, _ use: TemplateCheck.Use, _ name: String
    ) -> String? {
        switch (use, value) {
        case (.print, let value) where !value.isScalar:
            return "'\(name)' is a list or a record and cannot be printed as it is"
        case (.loop, .list), (.test, _), (.print, _): return nil
        case (.loop, _): return "'\(name)' must be a list"
        case (.join, .list(let items)) where items.allSatisfy(\.isScalar): return nil
        case (.join, _): return "'\(name)' must be a list of plain values"
        }
    }

    private func baseName(_ name: String) -> String {
        String(name.prefix { $0 != "[" })
    }

    private static func withPlainLineEnds(_ text: String) -> String {
        guard text.utf8.contains(13) else { return text }
        var result: [UInt8] = []
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == 13 { result.append(10) }
            if byte != 13 && !(byte == 10 && previous == 13) { result.append(byte) }
            previous = byte
        }
        return String(decoding: result, as: UTF8.self)
    }
}
