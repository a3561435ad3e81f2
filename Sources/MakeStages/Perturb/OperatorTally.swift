internal import Records

/// Counts which operators met which labels.
///
/// An operator that is commoner on one side of a label than on the other teaches a model the
/// operator instead of the text. Draws never see labels, but whether a text offers an operator
/// anything to edit may differ between the two sides, so it is measured: for each category, the
/// share of children drawn that the operator edited, among rows labelled 1 and among rows labelled
/// 0. The two may differ by the setting `operator_gap`, or by what chance explains: four standard
/// errors of the difference of two proportions, about one false alarm in 16,000 comparisons.
struct OperatorTally: Mergeable {
    /// Why a row got no children.
    enum Skip: String, CaseIterable, Sendable {
        case perturbation, contrastSet = "contrast_set", denied, unlabelled
        case otherCategory = "other_category", notDrawn = "not_drawn"
    }

    /// One side of a label: children drawn, and of these, those that each operator edited.
    private struct Side: Mergeable {
        var drawn = 0
        var edited: [Int]

        init(operators: Int) { edited = [Int](repeating: 0, count: operators) }

        func write(to bytes: inout PortableWriter) {
            drawn.write(to: &bytes)
            edited.write(to: &bytes)
        }

        init(from bytes: inout PortableReader) throws(Fault) {
            drawn = try Int(from: &bytes)
            edited = try [Int](from: &bytes)
        }

        mutating func merge(_ other: Side) {
            drawn += other.drawn
            for index in edited.indices { edited[index] += other.edited[index] }
        }
    }

    private struct Pair: Mergeable {
        var positive: Side
        var negative: Side

        init(operators: Int) {
            positive = Side(operators: operators)
            negative = positive
        }

        mutating func merge(_ other: Pair) {
            positive.merge(other.positive)
            negative.merge(other.negative)
        }

        func write(to bytes: inout PortableWriter) {
            positive.write(to: &bytes)
            negative.write(to: &bytes)
        }

        init(from bytes: inout PortableReader) throws(Fault) {
            positive = try Side(from: &bytes)
            negative = try Side(from: &bytes)
        }
    }

    /// The largest gap of one category.
    struct Gap {
        var category: String?
        var operatorID: String
        var positive: Double
        var negative: Double
        /// Children drawn on the two sides.
        var drawn: (positive: Int, negative: Int)
        /// Four standard errors.
        var chance: Double
        var size: Double { abs(positive - negative) }
    }

    /// Fewer children than this, and chance decides.
    static let enoughChildren = 1_000
    /// An operator is compared where this many edits are expected on the rarer side, so that the
    /// normal approximation holds (Moore and McCabe, Introduction to the Practice of Statistics).
    static let expectedEdits = 10.0

    private let operators: [String]
    private var made: [Int]
    private var withoutEdit: [Int]
    private var skipped = [Int](repeating: 0, count: Skip.allCases.count)
    private var pairs: [String: Pair] = [:]
    /// Of whether a row has any label 1; nil where no row has labels.
    private var anyLabel: Pair?
    private var children = 0

    init(operators: [String]) {
        self.operators = operators
        made = operators.map { _ in 0 }
        withoutEdit = made
    }

    mutating func skip(_ skip: Skip) {
        guard let index = Skip.allCases.firstIndex(of: skip) else { return }
        skipped[index] += 1
    }

    /// Counts one child that was drawn.
    mutating func count(_ chain: [Int], made isMade: Bool, labels: Labels) {
        children += isMade ? 1 : 0
        for step in chain {
            made[step] += isMade ? 1 : 0
            withoutEdit[step] += isMade ? 0 : 1
        }
        guard !labels.isEmpty else { return }
        count(chain, isMade, nil, labels.known.contains(where: \.value))
        for label in labels.known { count(chain, isMade, label.category, label.value) }
    }

    private mutating func count(
        _ chain: [Int], _ isMade: Bool, _ category: String?, _ isPositive: Bool
    ) {
        let none = Pair(operators: operators.count)
        func add(_ side: inout Side) {
            side.drawn += 1
            if isMade { for step in chain { side.edited[step] += 1 } }
        }
        func add(_ pair: inout Pair) {
            if isPositive { add(&pair.positive) } else { add(&pair.negative) }
        }
        if let category {
            add(&pairs[category, default: none])
        } else {
            var pair = anyLabel ?? none
            add(&pair)
            anyLabel = pair
        }
    }

    mutating func merge(_ other: OperatorTally) {
        children += other.children
        for index in made.indices {
            made[index] += other.made[index]
            withoutEdit[index] += other.withoutEdit[index]
        }
        for index in skipped.indices { skipped[index] += other.skipped[index] }
        pairs.merge(other.pairs)
        guard let pair = other.anyLabel else { return }
        if anyLabel == nil { anyLabel = pair } else { anyLabel?.merge(pair) }
    }

    func write(to bytes: inout PortableWriter) {
        operators.write(to: &bytes)
        made.write(to: &bytes)
        withoutEdit.write(to: &bytes)
        skipped.write(to: &bytes)
        pairs.write(to: &bytes)
        anyLabel.write(to: &bytes)
        children.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        operators = try [String](from: &bytes)
        made = try [Int](from: &bytes)
        withoutEdit = try [Int](from: &bytes)
        skipped = try [Int](from: &bytes)
        pairs = try [String: Pair](from: &bytes)
        anyLabel = try Pair?(from: &bytes)
        children = try Int(from: &bytes)
    }

    private func gaps(_ category: String?, _ pair: Pair) -> [Gap] {
        let drawn = (positive: pair.positive.drawn, negative: pair.negative.drawn)
        guard drawn.positive > 0, drawn.negative > 0 else { return [] }
        return operators.indices.map { step in
            let edits = (pair.positive.edited[step], pair.negative.edited[step])
            let pooled = Double(edits.0 + edits.1) / Double(drawn.positive + drawn.negative)
            let error =
                (pooled * (1 - pooled)
                * (1 / Double(drawn.positive) + 1 / Double(drawn.negative))).squareRoot()
            let isCompared =
                drawn.positive + drawn.negative >= Self.enoughChildren
                && pooled * Double(min(drawn.positive, drawn.negative)) >= Self.expectedEdits
            return Gap(
                category: category, operatorID: operators[step],
                positive: Double(edits.0) / Double(drawn.positive),
                negative: Double(edits.1) / Double(drawn.negative), drawn: drawn,
                chance: isCompared ? 4 * error : .infinity)
        }
    }

    /// Whether no operator tells a label; nil when there are too few children to say.
    func gate(_ allowed: Double) -> (passed: Bool, detail: String)? {
        var compared = 0
        var worst: Gap?
        for (category, pair) in sortedPairs {
            for gap in gaps(category, pair) where gap.chance.isFinite {
                compared += 1
                if gap.size > max(allowed, gap.chance), gap.size > worst?.size ?? 0 { worst = gap }
            }
        }
        if compared == 0 { return nil }
        guard let worst else {
            return (true, "no operator is more than \(allowed) likelier on one side of a label")
        }
        let side = worst.positive > worst.negative ? "1" : "0"
        let name = worst.category.map { "`\($0)`" } ?? "any label"
        return (
            false,
            "`\(worst.operatorID)` is \(Self.rounded(worst.size)) likelier where \(name) is \(side)"
        )
    }

    private var sortedPairs: [(key: String?, value: Pair)] {
        let any: [(key: String?, value: Pair)] = anyLabel.map { [(nil, $0)] } ?? []
        return any + pairs.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func rounded(_ value: Double) -> Double {
        (value * 1e6).rounded() / 1e6
    }

    /// Operators that were drawn at least so often and never found anything to edit are named.
    private static let namedFrom = 5

    var sentence: String {
        let empty = withoutEdit.reduce(0, +)
        let words =
            "\(NumberFormat.number(children)) children; \(NumberFormat.number(empty)) draws "
            + "found nothing to edit"
        let idle = operators.indices
            .filter { made[$0] == 0 && withoutEdit[$0] >= Self.namedFrom }
            .map { "`\(operators[$0])`" }
        if idle.isEmpty { return words }
        return words + "; these operators never applied: \(idle.joined(separator: ", "))"
    }
}

extension OperatorTally {
    /// `operators.json`: counts per operator, reasons for no children, gaps per category.
    var json: [UInt8] {
        var object = JSONObject()
        object["children"] = .integer(children)
        var reasons = JSONObject()
        for (skip, count) in zip(Skip.allCases, skipped) {
            reasons[skip.rawValue] = .integer(count)
        }
        object["rows_without_children"] = .raw(reasons.bytes)
        object["operators"] = .raw(
            Self.array(
                operators.indices.map { step in
                    var line = JSONObject()
                    line["op"] = .string(operators[step])
                    line["children"] = .integer(made[step])
                    line["no_edit"] = .integer(withoutEdit[step])
                    return line.bytes
                }))
        object["gaps"] = .raw(
            Self.array(
                sortedPairs.flatMap { category, pair in
                    gaps(category, pair).map { gap in
                        var line = JSONObject()
                        line["category"] = category.map { .string($0) } ?? .null
                        line["op"] = .string(gap.operatorID)
                        line["drawn_positive"] = .integer(gap.drawn.positive)
                        line["drawn_negative"] = .integer(gap.drawn.negative)
                        line["share_positive"] = .number(Self.rounded(gap.positive))
                        line["share_negative"] = .number(Self.rounded(gap.negative))
                        line["gap"] = .number(Self.rounded(gap.size))
                        line["chance"] =
                            gap.chance.isFinite ? .number(Self.rounded(gap.chance)) : .null
                        return line.bytes
                    }
                }))
        return object.bytes + [UInt8(ascii: "\n")]
    }

    private static func array(_ lines: [[UInt8]]) -> [UInt8] {
        Array("[\n".utf8) + Array(lines.joined(separator: Array(",\n".utf8))) + Array("\n]".utf8)
    }
}
