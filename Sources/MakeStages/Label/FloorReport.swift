internal import Pipeline
internal import Records
internal import StageKit

/// Says which floors the linear labellers have, and why a category has none.
struct FloorReport {
    private let models: LinearModels
    private let space: LabelSpace
    private let labellers: [String]

    init(_ models: LinearModels, _ space: LabelSpace) {
        self.models = models
        self.space = space
        labellers = models.floors.keys.sorted()
    }

    func write(_ output: StageOutput) throws(Fault) {
        try output.write(file, to: "floors.json")
        for note in notes { output.note(note) }
    }

    /// Which categories get no label 1, and why.
    private var notes: [String] {
        var notes: [String] = []
        if models.earlier > 0 {
            notes.append(
                "\(NumberFormat.count(models.earlier, "row")) with pseudo-labels of an earlier run "
                    + "taught the linear models nothing")
        }
        for name in labellers {
            guard let (precision, floors) = models.floors[name] else { continue }
            for lack in FloorChoice.Lack.allCases {
                let without = space.ids.filter {
                    (floors[$0] ?? CategoryFloors()).one == .none(lack)
                }
                if without.isEmpty { continue }
                let listed =
                    without.prefix(8).joined(separator: ", ")
                    + (without.count > 8 ? " and \(without.count - 8) more" : "")
                notes.append(
                    "\(name): \(Self.words(lack, precision)), so no row gets: \(listed)")
            }
        }
        return notes
    }

    private static func words(_ lack: FloorChoice.Lack, _ precision: Double) -> String {
        switch lack {
        case .unlearnt: "there are no known 1 and 0 of unlike texts to learn from"
        case .fewRows: "too few labelled rows show whether a precision of \(precision) is reached"
        case .imprecise: "no floor reaches a precision of \(precision) on held-out rows"
        }
    }

    /// `floors.json`: by labeller and category, from which probability on a label is given.
    private var file: [UInt8] {
        var root = JSONObject()
        for name in labellers {
            guard let (precision, floors) = models.floors[name] else { continue }
            var categories = JSONObject()
            for id in space.ids {
                var sides = JSONObject()
                sides["1"] = Self.line(floors[id]?.one)
                if !space.taxonomy.isSingleLabel { sides["0"] = Self.line(floors[id]?.zero) }
                categories[id] = .raw(sides.bytes)
            }
            var labeller = JSONObject()
            labeller["precision"] = .number(precision)
            labeller["categories"] = .raw(categories.bytes)
            root[name] = .raw(labeller.bytes)
        }
        return root.bytes + [UInt8(ascii: "\n")]
    }

    private static func line(_ choice: FloorChoice?) -> JSONObject.Value {
        var line = JSONObject()
        switch choice ?? .none(.unlearnt) {
        case .floor(let floor):
            line["least"] = .number(floor.least)
            line["precision"] = .number(floor.precision)
            line["bound"] = .number(floor.bound)
            line["rows"] = .integer(floor.rows)
        case .none(let lack): line["reason"] = .string(lack.rawValue)
        }
        return .raw(line.bytes)
    }
}
