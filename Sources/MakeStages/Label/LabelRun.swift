internal import Pipeline
internal import Records
internal import Remote
internal import StageKit

/// Takes rows through the chain of labellers.
struct LabelRun: Sendable {
    static let moderationFile = "moderation.jsonl"

    let space: LabelSpace
    let chain: [any Labeller]
    let attributes: [String]
    let rows: LabelStage.Rows
    let overwrites: Bool
    let requires: Bool
    let writesModeration: Bool
    let limit: Int
    let mostCharacters: Int

    /// What becomes of neighbouring rows, and what the labellers did with them.
    func outcomes(
        _ rows: [Row], _ context: StageContext
    ) async throws(Fault) -> ([Outcome], LabelTally) {
        var tally = LabelTally(labellers: chain.count)
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(rows.count)
        guard chain.contains(where: \.isRemote) else {
            for row in rows { outcomes.append(try await outcome(row, &tally)) }
            return (outcomes, tally)
        }
        let answered = try await Parallel.map(rows, limit: limit) { row throws(Fault) in
            try context.checkStop()
            var tally = LabelTally(labellers: chain.count)
            return (outcome: try await outcome(row, &tally), tally: tally)
        }
        for row in answered {
            outcomes.append(row.outcome)
            tally.merge(row.tally)
        }
        return (outcomes, tally)
    }

    /// Asks what the rows need, as far as it can be asked before a batch is back.
    func tryOut(_ rows: [Row], _ context: StageContext) async throws(Fault) {
        _ = try await Parallel.map(rows, limit: limit) { row throws(Fault) in
            try context.checkStop()
            // What is counted here is thrown away.
            var tally = LabelTally(labellers: chain.count)
            do throws(Fault) {
                _ = try await outcome(row, &tally)
            } catch  where error.awaitsBatch {
                return
            }
        }
    }

    private func isWanted(_ row: Row) throws(Fault) -> Bool {
        switch rows {
        case .unlabelled: return row.record.labels.isEmpty
        case .all: return true
        case .flagged:
            var parser = JSONParser()
            return try MislabelsNote(row, &parser)?.needsLabel ?? false
        }
    }

    private func outcome(
        _ row: Row, _ tally: inout LabelTally
    ) async throws(Fault) -> Outcome {
        guard try isWanted(row) else {
            return Outcome(.keep, lines: moderation(row.record, nil))
        }
        let (labeller, answer): (String, LabelAnswer)
        switch try await ask(row, &tally) {
        case .answer(let name, let given): (labeller, answer) = (name, given)
        case .nothing(let isBelowFloor):
            if requires {
                return .refuse(isBelowFloor ? LinearLabeller.belowFloor : "not_labelled")
            }
            tally.count("unlabelled")
            return Outcome(.keep, lines: moderation(row.record, nil))
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
            switch record.provenance.source {
            case .corpus where answer.isPseudoLabel && (row.record.labels.isEmpty || overwrites):
                record.provenance.source = .pseudoLabel
            case .pseudoLabel where !answer.isPseudoLabel && overwrites:
                record.provenance.source = .corpus
            default: break
            }
        }
        tally.count("labelled_by.\(labeller)")
        return Outcome(
            record == row.record ? .keep : .replace(record), note: note(labeller, answer),
            lines: moderation(record, answer))
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

    /// What the chain says of a row.
    private enum ChainVerdict {
        case answer(labeller: String, LabelAnswer)
        case nothing(isBelowFloor: Bool)
    }

    /// The first answer of the chain, or whether the last labeller passed since no label reaches
    /// its floor.
    private func ask(
        _ row: Row, _ tally: inout LabelTally
    ) async throws(Fault) -> ChainVerdict {
        var isBelowFloor = false
        var wasRefused = false
        defer { if wasRefused { tally.count("refusals") } }
        let isTooLong = row.record.text.unicodeScalars.count > mostCharacters
        for (index, labeller) in chain.enumerated() {
            if labeller.isRemote, isTooLong {
                tally.count("passed.\(labeller.name).too_long")
                tally.turns[index].tooLong += 1
                isBelowFloor = false
                continue
            }
            let verdict: LabellerVerdict
            do throws(Fault) {
                verdict = try await labeller.label(row)
            } catch {
                // Without anybody to take over, the run ends and goes on here later, for nothing
                // that was answered is lost.
                guard error.kind == .unavailable, index + 1 < chain.count else { throw error }
                verdict = .failed(Counter.unavailable)
            }
            tally.turns[index].add(verdict)
            isBelowFloor = false
            switch verdict {
            case .answer(let answer):
                if wasRefused { signal(row, answer, &tally) }
                return .answer(labeller: labeller.name, answer)
            case .pass(let reason):
                tally.count("passed.\(labeller.name).\(reason)")
                isBelowFloor = reason == LinearLabeller.belowFloor
            case .failed: tally.count("passed.\(labeller.name).failed")
            case .refused:
                wasRefused = true
                tally.count("passed.\(labeller.name).refused")
            }
        }
        if wasRefused { signal(row, nil, &tally) }
        return .nothing(isBelowFloor: isBelowFloor)
    }

    /// A provider that declines a text says something about it: counted by the text's category,
    /// as far as anybody knows it.
    private func signal(_ row: Row, _ answer: LabelAnswer?, _ tally: inout LabelTally) {
        var categories = row.record.labels.positives
        if let category = row.record.provenance.category { categories.append(category) }
        categories += answer?.labels.filter(\.value).map(\.key) ?? []
        let named = Set(categories).sorted()
        for category in named.isEmpty ? ["unknown"] : named {
            tally.count("label_signal.\(category)")
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
    private func moderation(_ record: Record, _ answer: LabelAnswer?) -> [FileLine] {
        guard writesModeration else { return [] }
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
        return [FileLine(Self.moderationFile, line.bytes)]
    }
}
