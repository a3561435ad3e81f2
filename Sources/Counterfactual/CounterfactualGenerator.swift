public import Records

/// Contrast sets from templates, predicates and subjects: the same set k for the same ingredients
/// and settings, wherever and in whatever order it is asked for.
public struct CounterfactualGenerator: Sendable {
    let templates: [Template]
    let predicates: [Predicate]
    let subjects: [Subject]
    public let settings: CounterfactualSettings
    private let design: Design
    private let groups: [Int]
    private let objects: [Int]
    private let nonprotected: [Int]
    private let individuals: [Int]
    /// Per subject: plural, singular.
    private let surfaces: [[Surface]]
    private let predicateBytes: [[UInt8]]
    /// Per cell, in the order of `Cell.allCases`.
    private let labels: [[CategoryLabel]]
    private let undesired: [Bool?]

    /// - Throws: a configuration fault when a needed kind of ingredient is missing.
    public init(
        templates: [Template], predicates: [Predicate], subjects: [Subject],
        settings: CounterfactualSettings = CounterfactualSettings()
    ) throws(Fault) {
        func indices(_ fits: (Subject.Kind) -> Bool) -> [Int] {
            subjects.indices.filter { fits(subjects[$0].kind) }
        }
        self.settings = settings
        self.templates = templates
        self.predicates = predicates
        self.subjects = subjects
        let isIncomplete = settings.cells.isEmpty || !settings.cells.contains(.gn)
        if isIncomplete { throw Fault(.configuration, "the cells of a contrast set lack GN") }
        groups = indices { $0 == .group }
        objects = indices { $0.isObject }
        nonprotected = indices { $0 == .nonprotectedGroup }
        individuals = indices { $0 == .individual }
        let needs: [(String, Bool)] = [
            ("templates", templates.isEmpty), ("groups", groups.isEmpty),
            ("objects", objects.isEmpty && settings.cells.contains { $0 == .on || $0 == .op }),
            ("non-protected groups", nonprotected.isEmpty && settings.cells.contains(.qn)),
            ("individuals", individuals.isEmpty && settings.cells.contains(.in)),
        ]
        for (name, isMissing) in needs where isMissing {
            throw Fault(.configuration, "contrast sets need \(name), and there are none")
        }
        if let template = templates.first(where: { template in
            predicates.contains { template.pos != nil && $0.pos != template.pos }
        }) {
            throw Fault(
                .configuration,
                "template `\(template.id)` does not fit the part of speech of every predicate",
                hint: "every template of one generator must take all of its predicates")
        }
        surfaces = subjects.map { [Surface($0, number: .pl), Surface($0, number: .sg)] }
        predicateBytes = predicates.map { Array($0.text.utf8) }
        labels = Cell.allCases.map { cell in
            settings.categories.compactMap { category in
                if category.undesired.contains(cell) {
                    return CategoryLabel(category: category.name, isUndesired: true)
                }
                return category.safe.contains(cell)
                    ? CategoryLabel(category: category.name, isUndesired: false) : nil
            }.sorted { $0.category < $1.category }
        }
        undesired = Cell.allCases.map { cell in
            guard let first = settings.categories.first else { return nil }
            return first.undesired.contains(cell) ? true : first.safe.contains(cell) ? false : nil
        }
        design = try Self.design(
            templates: templates.count, predicates, subjects, groups, settings.seed,
            counts: (objects.count, nonprotected.count, individuals.count))
    }

    private static func design(
        templates: Int, _ predicates: [Predicate], _ subjects: [Subject], _ groups: [Int],
        _ seed: UInt64, counts: (objects: Int, nonprotected: Int, individuals: Int)
    ) throws(Fault) -> Design {
        // What does not suit an object or a person without group suits no set at all.
        let others = subjects.filter { $0.kind != .group }.flatMap(\.incompatiblePredicates)
        let names = Set(groups.map { subjects[$0].symmetricClass }).sorted()
        var classes: [Design.Class] = []
        var membership = [(of: Int, place: Int)](repeating: (0, 0), count: groups.count)
        for (number, name) in names.enumerated() {
            let members = groups.indices.filter { subjects[groups[$0]].symmetricClass == name }
            for (place, member) in members.enumerated() { membership[member] = (number, place) }
            let excluded = Set(
                members.flatMap { subjects[groups[$0]].incompatiblePredicates } + others)
            let fitting = predicates.indices.filter { !excluded.contains(predicates[$0].id) }
            let own = Design.Class(
                members: members,
                negative: fitting.filter { predicates[$0].pool.isNegative },
                positive: fitting.filter { !predicates[$0].pool.isNegative })
            if own.negative.isEmpty || own.positive.isEmpty {
                throw Fault(
                    .configuration,
                    "no negative, or no other, predicate suits every group of class `\(name)`")
            }
            classes.append(own)
        }
        return Design(
            seed: seed, groups: groups.count, templates: templates, objects: counts.objects,
            nonprotected: counts.nonprotected, individuals: counts.individuals,
            classes: classes, membership: membership)
    }

    /// The sets one after the other, without end: take as many as you need.
    public var sets: some Sequence<ContrastSet> & Sendable {
        LazySets(generator: self)
    }

    /// Set `index`, from 0.
    public func set(_ index: Int) -> ContrastSet {
        require(index >= 0, "sets are numbered from 0")
        let choice = design.choice(index)
        let template = templates[choice.template]
        var rows: [ContrastRow] = []
        rows.reserveCapacity(settings.cells.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(96)
        for cell in settings.cells {
            guard let (subject, isNegative) = place(cell, choice) else { continue }
            let predicate = isNegative ? choice.negative : choice.positive
            let surface = surfaces[subject][template.number == .pl ? 0 : 1]
            let slot = cell.slot
            rows.append(
                ContrastRow(
                    cell: cell,
                    text: template.render(surface, predicateBytes[predicate], into: &bytes),
                    subjectConcept: surface.concept, predicate: predicates[predicate].id,
                    template: template.id, labels: labels[slot], isUndesired: undesired[slot]))
        }
        return ContrastSet(
            setID: setID(index, template, choice), rows: rows, pairs: Self.pairs(rows))
    }

    private func place(_ cell: Cell, _ choice: Design.Choice) -> (subject: Int, Bool)? {
        switch cell {
        case .gn, .gp: (groups[choice.group], cell == .gn)
        case .hn, .hp: choice.swapped.map { (groups[$0], cell == .hn) }
        case .on, .op: choice.object.map { (objects[$0], cell == .on) }
        case .qn: choice.nonprotected.map { (nonprotected[$0], true) }
        case .in: choice.individual.map { (individuals[$0], true) }
        }
    }

    private func setID(_ index: Int, _ template: Template, _ choice: Design.Choice) -> String {
        var key = StableHash.hash(template.id, seed: settings.seed)
        key = StableHash.mix(key, UInt64(truncatingIfNeeded: template.version))
        key = StableHash.mix(key, StableHash.hash(predicates[choice.negative].id))
        key = StableHash.mix(key, StableHash.hash(predicates[choice.positive].id))
        key = StableHash.mix(key, StableHash.hash(template.number.rawValue))
        key = StableHash.mix(key, UInt64(index))
        return HexDigits.text(StableHash.mix(key, 0), StableHash.mix(key, 1))
    }

    private static func pairs(_ rows: [ContrastRow]) -> [ContrastPair] {
        let kinds: [(ContrastPair.Kind, Cell, Cell)] = [
            (.subject, .gn, .on), (.subject, .gp, .op), (.predicate, .gn, .gp),
            (.predicate, .on, .op), (.identity, .gn, .hn), (.identity, .gp, .hp),
            (.subject, .gn, .qn), (.subject, .gn, .in),
        ]
        return kinds.compactMap { kind, one, other in
            guard let first = rows.firstIndex(where: { $0.cell == one }),
                let second = rows.firstIndex(where: { $0.cell == other })
            else { return nil }
            return ContrastPair(kind: kind, first: first, second: second)
        }
    }
}

/// The endless sequence of sets.
private struct LazySets: Sequence, IteratorProtocol, Sendable {
    let generator: CounterfactualGenerator
    var index = 0

    mutating func next() -> ContrastSet? {
        defer { index += 1 }
        return generator.set(index)
    }
}

extension Cell {
    /// The place in `Cell.allCases`.
    fileprivate var slot: Int {
        switch self {
        case .gn: 0
        case .gp: 1
        case .on: 2
        case .op: 3
        case .hn: 4
        case .hp: 5
        case .qn: 6
        case .in: 7
        }
    }
}
