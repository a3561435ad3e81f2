internal import Pipeline
internal import Records

/// What labellers did with rows.
struct LabelTally: Mergeable {
    /// Rows by what became of them, for the statistics.
    private(set) var numbers: [String: Int] = [:]
    /// What became of each labeller's rows, in the order of the chain.
    var turns: [LabellerTurns]

    init(labellers: Int) { turns = .init(repeating: LabellerTurns(), count: labellers) }

    mutating func count(_ name: String) { numbers[name, default: 0] += 1 }

    mutating func merge(_ other: LabelTally) {
        numbers.merge(other.numbers)
        for place in turns.indices { turns[place].merge(other.turns[place]) }
    }

    func write(to bytes: inout PortableWriter) {
        numbers.write(to: &bytes)
        turns.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        numbers = try [String: Int](from: &bytes)
        turns = try [LabellerTurns](from: &bytes)
    }
}

/// What became of the rows that a labeller was given.
struct LabellerTurns: Mergeable {
    /// With a verdict of any kind.
    private(set) var asked = 0
    private(set) var answered = 0
    var tooLong = 0
    /// Rows without a usable answer, by reason.
    private(set) var failures: [String: Int] = [:]
    /// Answers whose confidence nobody can read.
    private(set) var unreadConfidence = 0

    var failed: Int { failures.values.reduce(0, +) }
    var rows: Int { asked + tooLong }
    var passed: Int { rows - answered }

    init() {}

    mutating func add(_ verdict: LabellerVerdict) {
        asked += 1
        switch verdict {
        case .answer(let answer):
            answered += 1
            if answer.hasUnreadConfidence { unreadConfidence += 1 }
        case .failed(let reason): failures[reason, default: 0] += 1
        case .pass, .refused: break
        }
    }

    mutating func merge(_ other: LabellerTurns) {
        asked += other.asked
        answered += other.answered
        tooLong += other.tooLong
        failures.merge(other.failures)
        unreadConfidence += other.unreadConfidence
    }

    func write(to bytes: inout PortableWriter) {
        asked.write(to: &bytes)
        answered.write(to: &bytes)
        tooLong.write(to: &bytes)
        failures.write(to: &bytes)
        unreadConfidence.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        asked = try Int(from: &bytes)
        answered = try Int(from: &bytes)
        tooLong = try Int(from: &bytes)
        failures = try [String: Int](from: &bytes)
        unreadConfidence = try Int(from: &bytes)
    }
}
