internal import Records
internal import StageKit
internal import Vectors

/// What the synthetic rows bought: the same evaluation with some of them left out of training.
///
/// A difference is the full model's value minus the other's: above 0, the rows helped.
struct Ablation: Codable, Sendable, Equatable {
    struct Arm: Codable, Sendable, Equatable {
        /// The sources left out of training.
        var without: [String]
        var trainRows: Int
        /// Absent when test lacks a known 1 or a known 0.
        var macroF1: Double?
        var macroAveragePrecision: Double?
        var macroF1Difference: Double?
        /// Category → difference of F1, for the categories with both labels in test.
        var f1Difference: [String: Double]
    }

    /// Without any synthetic row.
    var realOnly: Arm
    /// Without one synthetic source each.
    var sources: [Arm]

    /// Nil when no synthetic row is trained on.
    init?(
        _ rows: EvaluationRows, _ matrix: Matrix, full: FittedRun, settings: EvaluationSettings,
        threads: Int
    ) async throws(Fault) {
        let synthetic = rows.syntheticTrainSources
        if synthetic.isEmpty { return nil }
        func arm(_ without: [Provenance.Source]) async throws(Fault) -> Arm {
            let out = Set(without)
            let fittedRun = try await FittedRun.run(
                rows, matrix, settings: settings, leavingOut: out, threads: threads)
            return Arm(rows, full: full, fittedRun, without: without)
        }
        realOnly = try await arm(synthetic)
        sources = []
        for source in synthetic {
            sources.append(synthetic.count == 1 ? realOnly : try await arm([source]))
        }
    }

    var sentences: [String] {
        sources.compactMap { arm in
            arm.macroF1Difference.map {
                "Rows of \(arm.without.map { "`\($0)`" }.joined(separator: ", ")) changed macro-F1 "
                    + "by \(DecimalFormat.signed($0, 3))."
            }
        }
    }
}

extension Ablation.Arm {
    init(
        _ rows: EvaluationRows, full: FittedRun, _ fittedRun: FittedRun,
        without: [Provenance.Source]
    ) {
        let out = Set(without)
        var differences: [String: Double] = [:]
        for (index, category) in rows.categories.enumerated() where full.test[index].isMeasured {
            differences[category] =
                full.test[index].confusion.f1 - fittedRun.test[index].confusion.f1
        }
        var change: Double?
        if let one = full.macroF1, let other = fittedRun.macroF1 { change = one - other }
        self.init(
            without: without.map(\.rawValue),
            trainRows: rows.train.filter { !out.contains(rows.sources[Int($0)]) }.count,
            macroF1: fittedRun.macroF1, macroAveragePrecision: fittedRun.macroAveragePrecision,
            macroF1Difference: change, f1Difference: differences)
    }
}
