internal import Pipeline
internal import Records
internal import Remote
internal import Synchronization

/// One run of the stage: takes rows through the chain of labellers.
final class LabelRun: Sendable {
    private struct Tally: Sendable {
        var numbers: [String: Int] = [:]
        /// What became of each labeller's rows, in the order of the chain.
        var turns: [Turns]
        /// Lines of moderation.jsonl by the row's number.
        var moderation: [Int: [UInt8]] = [:]
    }

    private let space: LabelSpace
    private let chain: [any Labeller]
    private let attributes: [String]
    private let rows: LabelStage.Rows
    private let overwrites: Bool
    private let requires: Bool
    private let writesModeration: Bool
    private let limit: Int
    private let mostCharacters: Int
    private let work: StageWork
    private let mostFailed: Double
    private let mostPassed: [Double]
    private let tally: Mutex<Tally>

    init(
        space: LabelSpace, chain: [any Labeller], attributes: [String], rows: LabelStage.Rows,
        overwrites: Bool, requires: Bool, writesModeration: Bool, limit: Int, mostCharacters: Int,
        mostFailed: Double = 1, mostPassed: [Double] = [], work: StageWork
    ) {
        self.space = space
        self.chain = chain
        self.attributes = attributes
        self.rows = rows
        self.overwrites = overwrites
        self.requires = requires
        self.writesModeration = writesModeration
        self.limit = limit
        self.mostCharacters = mostCharacters
        self.mostFailed = mostFailed
        self.mostPassed = mostPassed
        self.work = work
        tally = Mutex(Tally(turns: .init(repeating: Turns(), count: chain.count)))
    }

    func outcomes(_ rows: [Row]) async throws(Fault) -> [Outcome] {
        guard chain.contains(where: \.isRemote) else {
            var outcomes: [Outcome] = []
            for row in rows { outcomes.append(try await outcome(row)) }
            return outcomes
        }
        return try await Parallel.map(rows, limit: limit) { row throws(Fault) in
            try self.work.checkStop()
            return try await self.outcome(row)
        }
    }

    /// Asks what the rows need, as far as it can be asked before a batch is back.
    func tryOut(_ rows: [Row]) async throws(Fault) {
        _ = try await Parallel.map(rows, limit: limit) { row throws(Fault) in
            try self.work.checkStop()
            do throws(Fault) {
                _ = try await self.outcome(row)
            } catch  where error.awaitsBatch {
                return
            }
        }
    }

    /// Writes what belongs to no single row.
    func finish() throws(Fault) {
        let tally = tally.withLock { $0 }
        for (name, number) in tally.numbers { work.count(name, Double(number)) }
        for (place, labeller) in chain.enumerated() {
            report(labeller, tally.turns[place], mostPassed: mostPassed.dropFirst(place).first)
        }
        if let left = tally.numbers["unlabelled"], left > 0 {
            work.note(
                "\(Words.count(left, "row has", "rows have")) no label: no labeller had an answer")
        }
        if writesModeration {
            let lines = tally.moderation.sorted { $0.key < $1.key }
            let bytes = lines.flatMap { $0.value + [UInt8(ascii: "\n")] }
            try work.write(bytes, to: "moderation.jsonl", rows: lines.count)
        }
    }

    /// Says what share of its rows a labeller could not answer, and whether that was too much.
    private func report(_ labeller: any Labeller, _ turns: Turns, mostPassed: Double?) {
        let name = labeller.name
        if turns.unreadConfidence > 0 {
            work.count("confidence_unread.\(name)", Double(turns.unreadConfidence))
            work.note(
                "\(name): \(Words.count(turns.unreadConfidence, "answer has", "answers have")) a "
                    + "confidence that is no share of 1 and counts as unknown")
        }
        let reasons = turns.failures.sorted { $0.key < $1.key }
        for (reason, number) in reasons { work.count("failed.\(reason)", Double(number)) }
        if labeller.isRemote, turns.asked > 0 {
            let words = reasons.map { "\($0.key) \(Words.number($0.value))" }
            let share = Double(turns.failed) / Double(turns.asked)
            let detail =
                "\(Words.number(turns.failed)) of \(Words.count(turns.asked, "row")) got no usable "
                + "answer"
                + (words.isEmpty ? "" : " (\(words.joined(separator: ", ")))")
            work.gate(
                "answers of \(name)", passed: share <= mostFailed,
                detail: share <= mostFailed
                    ? detail : detail + ", more than the \(Self.percent(mostFailed)) of max_failed")
            if turns.failed > 0, share <= mostFailed { work.note("\(name): \(detail)") }
        }
        guard let mostPassed, turns.rows > 0 else { return }
        let share = Double(turns.passed) / Double(turns.rows)
        work.gate(
            "rows passed by \(name)", passed: share <= mostPassed,
            detail: "\(Words.number(turns.passed)) of \(Words.count(turns.rows, "row"))"
                + (share <= mostPassed
                    ? "" : ", more than the \(Self.percent(mostPassed)) of max_passed"))
    }

    private static func percent(_ share: Double) -> String {
        let tenths = Words.tenths(share * 100)
        return "\(tenths.hasSuffix(".0") ? String(tenths.dropLast(2)) : tenths) %"
    }

    private func note(_ place: Int, _ change: (inout Turns) -> Void) {
        tally.withLock { change(&$0.turns[place]) }
    }

    private func count(_ name: String) {
        tally.withLock { $0.numbers[name, default: 0] += 1 }
    }

    private func isWanted(_ row: Row) throws(Fault) -> Bool {
        switch rows {
        case .unlabelled: return row.record.labels.isEmpty
        case .all: return true
        case .flagged:
            guard let note = row.note("mislabels") else { return false }
            var parser = JSONParser()
            return try parser.children(of: note) { fields in
                guard let field = fields["relabel"], case .boolean(true) = field.kind else {
                    return false
                }
                return true
            }
        }
    }

    private func outcome(_ row: Row) async throws(Fault) -> Outcome {
        guard try isWanted(row) else {
            moderation(row, row.record, nil)
            return .keep
        }
        guard let (labeller, answer) = try await ask(row) else {
            if requires { return .refuse("not_labelled") }
            count("unlabelled")
            moderation(row, row.record, nil)
            return .keep
        }
        var record = row.record
        for id in answer.labels.keys.sorted() where overwrites || record.labels[id] == nil {
            record.labels[id] = answer.labels[id]
        }
        closeParents(&record.labels)
        if record.labels != row.record.labels {
            record.provenance.labelledBy = labeller
            record.provenance.model = answer.model ?? record.provenance.model
            record.provenance.reply = answer.reply ?? record.provenance.reply
        }
        count("labelled_by.\(labeller)")
        moderation(row, record, answer)
        return Outcome(
            record == row.record ? .keep : .replace(record), note: note(labeller, answer))
    }

    /// A parent that nothing is known of follows from its child; one that is labelled 0 stays so,
    /// unless labels are overwritten.
    private func closeParents(_ labels: inout Labels) {
        for id in labels.positives {
            for parent in space.taxonomy.closure(of: id) where overwrites || labels[parent] == nil {
                labels[parent] = true
            }
        }
    }

    /// The first answer of the chain.
    private func ask(_ row: Row) async throws(Fault) -> (String, LabelAnswer)? {
        var wasRefused = false
        defer { if wasRefused { count("refusals") } }
        let isTooLong = row.record.text.unicodeScalars.count > mostCharacters
        for (index, labeller) in chain.enumerated() {
            if labeller.isRemote, isTooLong {
                count("passed.\(labeller.name).too_long")
                note(index) { $0.tooLong += 1 }
                continue
            }
            let verdict: LabellerVerdict
            do throws(Fault) {
                verdict = try await labeller.label(row)
            } catch {
                // Without anybody to take over, the run ends and goes on here later, for nothing
                // that was answered is lost.
                guard error.kind == .unavailable, index + 1 < chain.count else { throw error }
                verdict = .failed("unavailable")
            }
            note(index) { $0.add(verdict) }
            switch verdict {
            case .answer(let answer):
                if wasRefused { signal(row, answer) }
                return (labeller.name, answer)
            case .pass(let reason): count("passed.\(labeller.name).\(reason)")
            case .failed: count("passed.\(labeller.name).failed")
            case .refused:
                wasRefused = true
                count("passed.\(labeller.name).refused")
            }
        }
        if wasRefused { signal(row, nil) }
        return nil
    }

    /// A provider that declines a text says something about it: counted by the text's category,
    /// as far as anybody knows it.
    private func signal(_ row: Row, _ answer: LabelAnswer?) {
        var categories = row.record.labels.positives
        if let category = row.record.provenance.category { categories.append(category) }
        categories += answer?.labels.filter(\.value).map(\.key) ?? []
        let named = Set(categories).sorted()
        for category in named.isEmpty ? ["unknown"] : named {
            count("label_signal.\(category)")
        }
    }

    private func note(_ labeller: String, _ answer: LabelAnswer) -> [UInt8] {
        var values = JSONObject()
        for name in attributes {
            values[name] = answer.attributes[name].map { .string($0) } ?? .null
        }
        var line = JSONObject()
        line["labeller"] = .string(labeller)
        line["confidence"] = answer.confidence.map { .number($0) } ?? .null
        line["attributes"] = .raw(values.bytes)
        line["scores"] = .raw(
            numbers(space.ids.filter { answer.scores[$0] != nil }) { answer.scores[$0] })
        return line.bytes
    }

    private func numbers(_ ids: [String], _ value: (String) -> Double?) -> [UInt8] {
        var object = JSONObject()
        for id in ids { object[id] = value(id).map { .number($0) } ?? .null }
        return object.bytes
    }

    /// A line in the shape of OpenAI's moderation results; an unknown category is null.
    ///
    /// Where a labeller gives no score, it is how sure it was of the label.
    private func moderation(_ row: Row, _ record: Record, _ answer: LabelAnswer?) {
        guard writesModeration else { return }
        var categories = JSONObject()
        for id in space.ids {
            categories[id] = record.labels[id].map { .boolean($0) } ?? .null
        }
        var line = JSONObject()
        line["id"] = .string(record.id)
        line["flagged"] = .boolean(space.ids.contains { record.labels[$0] == true })
        line["categories"] = .raw(categories.bytes)
        line["category_scores"] = .raw(
            numbers(space.ids) { id in
                if let score = answer?.scores[id] { return score }
                // One that does not say how sure it is stands by its label.
                let sure = (answer?.confidence ?? nil) ?? 1
                return record.labels[id].map { $0 ? sure : 1 - sure }
            })
        let bytes = line.bytes
        tally.withLock { $0.moderation[row.index] = bytes }
    }
}

/// What became of the rows that a labeller was given.
private struct Turns: Sendable {
    /// With a verdict of any kind.
    var asked = 0
    var answered = 0
    var tooLong = 0
    /// Rows without a usable answer, by reason.
    var failures: [String: Int] = [:]
    /// Answers whose confidence nobody can read.
    var unreadConfidence = 0

    var failed: Int { failures.values.reduce(0, +) }
    var rows: Int { asked + tooLong }
    var passed: Int { rows - answered }

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
}
