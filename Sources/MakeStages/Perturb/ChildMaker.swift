internal import Perturbation
internal import Pipeline
internal import Records

/// One child of every row of a contrast set, by the set and the child's number.
struct SetChild: Hashable, Comparable, Portable {
    var setID: String
    var number: Int

    init(setID: String, number: Int) {
        self.setID = setID
        self.number = number
    }

    static func < (one: SetChild, other: SetChild) -> Bool {
        (one.setID, one.number) < (other.setID, other.number)
    }

    func write(to bytes: inout PortableWriter) {
        setID.write(to: &bytes)
        number.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        setID = try String(from: &bytes)
        number = try Int(from: &bytes)
    }
}

/// Makes the children of one row: which, with which operators, and as which records.
struct ChildMaker: Sendable {
    let stage: String
    let seed: UInt64
    let share: Double
    let childrenPerRow: Int
    let categories: [String]
    let onlyLabelled: Bool
    /// Categories whose texts are never made, not even from others.
    let denied: [String]
    let plain: Perturber
    /// For rows of contrast sets; nil when these are skipped.
    let inSets: Perturber?
    let chains: OperatorChains

    /// Why a row has no children, or whose draws it follows.
    private enum Fate {
        case skipped(OperatorTally.Skip)
        case drawn(key: String, set: String?)
    }

    /// The row's children, in order, counted in `tally`.
    func children(
        of record: Record, incomplete: Set<SetChild>, _ tally: inout OperatorTally
    ) -> [Addition] {
        let key: String
        let set: String?
        switch fate(of: record) {
        case .skipped(let skip):
            tally.skip(skip)
            return []
        case .drawn(let drawnKey, let drawnSet):
            key = drawnKey
            set = drawnSet
        }
        var added: [Addition] = []
        for (number, attempt) in attempts(record, key, set).enumerated() {
            let isWhole = set.map { setID in
                !incomplete.contains(SetChild(setID: setID, number: number))
            }
            let child = isWhole == false ? nil : attempt.child
            tally.count(attempt.chain, made: child != nil, labels: record.labels)
            if let child { added.append(Addition(self.record(child, of: record, number))) }
        }
        return added
    }

    /// The children that this row would have to have, were its set to be perturbed, and has not.
    func missing(of record: Record) -> [SetChild] {
        guard let setID = record.provenance.setID, record.provenance.source != .perturbation
        else { return [] }
        switch fate(of: record) {
        case .skipped(.notDrawn): return []
        case .skipped:
            return (0..<childrenPerRow).map { SetChild(setID: setID, number: $0) }
        case .drawn(let key, let set):
            return attempts(record, key, set).enumerated().compactMap { number, attempt in
                attempt.child == nil ? SetChild(setID: setID, number: number) : nil
            }
        }
    }

    private func fate(of record: Record) -> Fate {
        let provenance = record.provenance
        if provenance.source == .perturbation { return .skipped(.perturbation) }
        if provenance.setID != nil, inSets == nil { return .skipped(.contrastSet) }
        let isDenied = record.labels.positives.contains {
            SynthesisPolicy.isAlwaysDenied($0) || denied.contains($0)
        }
        if isDenied { return .skipped(.denied) }
        if onlyLabelled, record.labels.isEmpty { return .skipped(.unlabelled) }
        if !categories.isEmpty, !categories.contains(where: { record.labels[$0] != nil }) {
            return .skipped(.otherCategory)
        }
        // A set shares one key, so that its rows are drawn, and edited, alike.
        let key = provenance.setID ?? record.id
        var draws = CounterRNG(seed: seed, purpose: "\(stage)/row", id: key)
        return draws.chance(share)
            ? .drawn(key: key, set: provenance.setID) : .skipped(.notDrawn)
    }

    /// Every child that was drawn; nil for one that came out unchanged or as another before it.
    private func attempts(
        _ record: Record, _ key: String, _ set: String?
    ) -> [(chain: [Int], child: Perturbed?)] {
        let perturber = set == nil ? plain : inSets ?? plain
        let seed = StableHash.mix(seed, StableHash.hash(stage))
        var made: [String] = [record.text]
        return (0..<childrenPerRow).map { number in
            var draws = CounterRNG(seed: self.seed, purpose: "\(stage)/child/\(number)", id: key)
            let chain = chains.draw(&draws)
            let child = perturber.apply(
                chain: chain.map { chains.steps[$0] }, text: record.text, id: key, seed: seed,
                variant: number)
            // Equality of strings would take a decomposed text for its composed parent.
            guard let child, !made.contains(where: { $0.utf8.elementsEqual(child.text.utf8) })
            else { return (chain, nil) }
            made.append(child.text)
            return (chain, child)
        }
    }

    private func record(_ child: Perturbed, of parent: Record, _ number: Int) -> Record {
        Record(
            id: RecordIdentifier.child(
                of: parent.id, stage: stage, index: number, text: child.text),
            text: child.text,
            // Where a person has to decide, nothing is known.
            labels: child.labelPolicy == .review ? Labels() : parent.labels,
            provenance: Provenance(
                source: .perturbation, category: parent.provenance.category, parentID: parent.id,
                rootID: parent.root, operators: child.chainJSON,
                labelledBy: parent.provenance.labelledBy),
            metadata: parent.metadata)
    }
}
