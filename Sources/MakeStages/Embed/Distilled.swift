internal import Encoder
internal import Pipeline
internal import Records
internal import StageKit
internal import StoreProtocols
internal import Vectors

/// What `distil` makes of the model.
enum Distil: String, CaseIterable, Sendable {
    case none
    case `static`
}

/// A static model distilled from the stage's model, and what it loses.
struct Distilled: Sendable {
    let teacher: SentenceEncoder
    private let distillation: Distillation

    /// - Throws: `configuration` for more columns than the teacher has.
    init(of teacher: SentenceEncoder, columns: Int?) throws(Fault) {
        self.teacher = teacher
        distillation = try Distillation(of: teacher, columns: columns)
    }

    var columns: Int { distillation.columns }
    /// Of what decides the vectors.
    var fingerprint: String { distillation.fingerprint }

    /// The table of token vectors: the workspace's, or one that is made now and kept there.
    ///
    /// - Throws: What a store throws; `stopped` when the run has to end.
    func table(_ context: StageContext, usesCache: Bool) async throws(Fault) -> StaticTable {
        let key = distillation.key
        let count = StaticTable.partCount(tokens: distillation.tokens, columns: columns)
        let places = (0..<count).map { SHA256.hash("static model, part \($0)") }
        if usesCache {
            let (found, damaged) = try await context.vectors.vectors(model: key, texts: places)
            let parts = found.compactMap { $0 }
            if parts.count == count, let table = StaticTable(parts: parts) { return table }
            // A part that is kept cannot be replaced; one that fits no table is as good as damaged.
            let useless = parts.count == count ? places : damaged.map { places[$0] }
            try await context.vectors.forget(useless, model: key)
        }
        let tokens = NumberFormat.number(distillation.tokens)
        let table = try distillation.table(threads: context.jobs) { done throws(Fault) in
            try context.checkStop()
            context.progress.say("distilling: \(NumberFormat.number(done)) of \(tokens) tokens")
        }
        context.progress.say("")
        if usesCache {
            let parts = Array(zip(places, table.parts)).map { (text: $0, vector: $1) }
            try await context.vectors.store(parts, model: key)
        }
        return table
    }

    func embedder(_ table: StaticTable) throws(Fault) -> StaticEmbedder {
        StaticEmbedder(
            encoder: try StaticEncoder(table, teacher: teacher), teacher: teacher,
            key: distillation.key)
    }
}

/// How far a static model's vectors are from its teacher's, on some texts of the run.
struct DistillationLoss: Sendable {
    /// Neighbours of a text that are compared.
    static let neighbours = 10

    /// How many texts were compared.
    let texts: Int
    /// Between the cosines of all pairs of texts by either model (Pearson); nil where one is the
    /// same for all.
    let correlation: Double?
    /// The share of the ``neighbours`` nearest texts by the teacher that the static model has among
    /// its own nearest; nil where there are not so many texts.
    let neighboursKept: Double?

    /// - Parameters:
    ///   - student, teacher: The vectors of the same texts.
    /// - Throws: `badData` for vectors of unlike lengths, or that are no numbers.
    init(student: [[Float]], teacher: [[Float]]) throws(Fault) {
        let (own, wanted) = (try UnitRows(Matrix(student)), try UnitRows(Matrix(teacher)))
        texts = own.count
        var sums = CorrelationSums()
        for one in 0..<texts {
            for other in 0..<one {
                sums.add(own.cosine(one, other), wanted.cosine(one, other))
            }
        }
        correlation = sums.correlation
        guard texts > 2 * Self.neighbours else {
            neighboursKept = nil
            return
        }
        let search = try NearestNeighbours(k: Self.neighbours)
        let pairs = zip(search.search(own), search.search(wanted))
        let shared = pairs.reduce(0) { sum, lists in
            sum + Set(lists.0.map(\.row)).intersection(lists.1.map(\.row)).count
        }
        neighboursKept = Double(shared) / Double(Self.neighbours * texts)
    }

    /// For the user.
    var sentence: String {
        let texts = NumberFormat.number(texts)
        guard let correlation else { return "too few different texts to say what it loses" }
        var words =
            "on \(texts) of the texts its cosines correlate with the model's by "
            + DecimalFormat.fixed(correlation, 2)
        if let neighboursKept {
            words +=
                ", and \(DecimalFormat.fixed(neighboursKept, 2)) of a text's \(Self.neighbours) "
                + "nearest texts are the same"
        }
        return words
    }

    /// Sums for Pearson's correlation, in the order in which pairs come.
    private struct CorrelationSums {
        private var (count, x, y, xx, yy, xy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

        mutating func add(_ one: Double, _ other: Double) {
            count += 1
            x += one
            y += other
            xx += one * one
            yy += other * other
            xy += one * other
        }

        var correlation: Double? {
            let spread = (xx - x * x / count) * (yy - y * y / count)
            return count > 1 && spread > 1e-18 ? (xy - x * y / count) / spread.squareRoot() : nil
        }
    }
}
