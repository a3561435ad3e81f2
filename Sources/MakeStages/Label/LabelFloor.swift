internal import Records
internal import Vectors

/// From which probability on a label may be given, chosen on rows that the models had not seen.
struct LabelFloor: Sendable, Equatable {
    /// The least probability of the label, 0.5…1.
    let least: Double
    /// The share of right labels among the held-out rows from there on, and how many these were.
    let precision: Double
    let rows: Int
    /// The lower end of the precision's interval: what it is on other rows at the least.
    let bound: Double

    /// With fewer held-out rows above it a floor would stand on chance.
    static let leastRows = 10

    /// The lower end of a precision's interval with 95 % confidence; 0 without a row.
    ///
    /// The share itself is too high to be promised, since the floor is chosen by it: of 118 floors
    /// that eight times 1,500 tweets gave, 53 fell short on the other tweets; 6 of 76 do so now.
    static func bound(right: Int, of rows: Int) -> Double {
        WilsonInterval(successes: right, of: rows)?.low ?? 0
    }
}

/// The floor of one label of a category, or why it has none.
enum FloorChoice: Sendable, Equatable {
    case floor(LabelFloor)
    case none(Lack)

    enum Lack: String, Sendable, CaseIterable {
        /// No model could be fitted and tried on rows that it had not seen.
        case unlearnt
        /// So few held-out rows are given the label that, were all right, nothing would be shown.
        case fewRows = "few_rows"
        case imprecise
    }

    /// The floor with the most right labels whose precision holds; of several the highest.
    ///
    /// - Parameters:
    ///   - scores: The probability of the label, row by row.
    ///   - labels: 1 where the label is right, 0 where it is wrong, -1 where nobody knows.
    ///   - precision: The least share of right labels, 0…1.
    /// - Throws: `badData` unless labels and scores are as many and every score is a number.
    init(scores: [Double], labels: [Int8], precision: Double) throws(Fault) {
        func holds(_ right: Int, _ rows: Int) -> Bool {
            rows >= LabelFloor.leastRows && LabelFloor.bound(right: right, of: rows) >= precision
        }
        let range = 0.5...1.0
        let tuned = try ThresholdTuning.bestRecall(labels: labels, scores: scores, in: range) {
            holds($0.truePositives, $0.truePositives + $0.falsePositives)
        }
        func given(from least: Double) -> [Int] {
            labels.indices.filter { labels[$0] >= 0 && scores[$0] >= least }
        }
        guard let least = tuned?.maximisers.last else {
            let most = given(from: range.lowerBound).count
            self = .none(holds(most, most) ? .imprecise : .fewRows)
            return
        }
        let rows = given(from: least)
        let right = rows.count { labels[$0] == 1 }
        self = .floor(
            LabelFloor(
                least: least, precision: Double(right) / Double(rows.count), rows: rows.count,
                bound: LabelFloor.bound(right: right, of: rows.count)))
    }

    /// Whether the label may be given.
    func admits(_ probability: Double, minimum: Double) -> Bool {
        guard case .floor(let floor) = self else { return false }
        return probability >= max(floor.least, minimum)
    }
}

/// The floors of one category: of its label 1, and of its label 0 where a row may have several
/// categories.
struct CategoryFloors: Sendable, Equatable {
    var one = FloorChoice.none(.unlearnt)
    var zero: FloorChoice?
}
