internal import Records

extension Console {
    /// All faults that travel together, one block each, and never a secret.
    func report(_ fault: Fault) {
        for fault in fault.all {
            talk(Redaction.redact(Self.text(fault)))
        }
    }

    /// What may end a run later.
    func warn(_ fault: Fault) { talk(Redaction.redact(Self.text(fault, "warning"))) }

    /// `error: place: what: why`, and the hint on a line of its own; see docs/words.md.
    static func text(_ fault: Fault, _ word: String = "error") -> String {
        var parts = [word]
        if let place = fault.place { parts.append("\(place)") }
        parts.append(fault.what)
        if let why = fault.why { parts.append(why) }
        let line = parts.joined(separator: ": ")
        return fault.hint.map { "\(line)\nhint: \($0)" } ?? line
    }
}
