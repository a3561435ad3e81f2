import Records
import Testing

@testable import Vectors

@Suite struct CrossScoreTests {
    @Test func `a row's probability does not depend on its own label`() async throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let (matrix, labels) = try LogisticTests.problem(
                seed: seed, rows: 60, columns: 4, categories: 1)
            let folds = (0..<60).map { Int32($0 % 3) }
            let before = try await FoldModels.heldOut(
                matrix: matrix, labels: labels, folds: folds)
            var turned = labels.columns[0]
            turned[17] = 1 - turned[17]
            let after = try await FoldModels.heldOut(
                matrix: matrix, labels: LabelTable(rows: 60, columns: [turned]), folds: folds)
            // Its whole fold is scored by models that never saw it.
            for row in 0..<60 where folds[row] == folds[17] {
                #expect(before.columns[0][row] == after.columns[0][row])
            }
            #expect(before.columns[0] != after.columns[0])
        }
    }

    @Test func `equals a model fitted on the other folds alone`() async throws {
        let (matrix, labels) = try LogisticTests.problem(
            seed: 8, rows: 80, columns: 5, categories: 2, unknown: 0.1)
        let folds = (0..<80).map { Int32($0 * 7 % 4) }
        let settings = LogisticSettings(isBalanced: true, tolerance: 1e-9)
        let scored = try await FoldModels.heldOut(
            matrix: matrix, labels: labels, folds: folds, settings: settings, threads: 3)
        for fold in 0..<4 as Range<Int32> {
            let others = (0..<80).filter { folds[$0] != fold }.map { Int32($0) }
            let own = (0..<80).filter { folds[$0] == fold }
            let fitted = try await OneVersusRest.fit(
                matrix: matrix, labels: labels, rows: others, settings: settings)
            let expected = try await fitted.probabilities(
                matrix: matrix, rows: own.map { Int32($0) })
            for category in 0..<2 {
                let got = own.map { scored.columns[category][$0] }
                #expect(distance(got, expected[category]) < 1e-6)
            }
        }
        let single = try await FoldModels.heldOut(
            matrix: matrix, labels: labels, folds: folds, settings: settings, threads: 1)
        #expect(single == scored)
    }

    @Test func `a column that is left out changes nothing, whatever it holds`() async throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let (matrix, labels) = try LogisticTests.problem(
                seed: seed, rows: 90, columns: 4, categories: 2)
            let folds = (0..<90).map { Int32($0 % 3) }
            let settings = LogisticSettings(tolerance: 1e-9)
            let plain = try await FoldModels.heldOut(
                matrix: matrix, labels: labels, folds: folds, settings: settings)
            // The label itself stands behind the vectors.
            var values: [Float] = []
            for row in 0..<90 {
                values += matrix.withRow(row) { Array($0) } + [Float(labels.columns[0][row])]
            }
            let wide = try Matrix(rows: 90, columns: 5, values: values)
            let one = try LabelTable(rows: 90, columns: [labels.columns[0]])
            let without = try await FoldModels.heldOut(
                matrix: wide, labels: one, folds: folds, settings: settings, excludedColumns: [4])
            #expect(distance(without.columns[0], plain.columns[0]) < 1e-5)
            let with = try await FoldModels.heldOut(
                matrix: wide, labels: one, folds: folds, settings: settings)
            #expect(distance(with.columns[0], plain.columns[0]) > 0.1)
        }
        let (matrix, labels) = try LogisticTests.problem(
            seed: 1, rows: 10, columns: 2, categories: 1)
        for columns in [[2], [0, 1], [-1]] {
            await #expect(throws: Fault.self) {
                try await FoldModels.heldOut(
                    matrix: matrix, labels: labels, folds: (0..<10).map { Int32($0 % 2) },
                    excludedColumns: columns)
            }
        }
    }

    @Test func `refuses one fold, or a fold for some rows only`() async throws {
        let (matrix, labels) = try LogisticTests.problem(
            seed: 1, rows: 10, columns: 2, categories: 1)
        for folds in [[Int32](repeating: 0, count: 10), [0, 1], (0..<10).map { Int32($0 - 1) }] {
            await #expect(throws: Fault.self) {
                try await FoldModels.heldOut(
                    matrix: matrix, labels: labels, folds: folds)
            }
        }
        #expect(throws: Fault.self) {
            try HeldOutProbabilities(assertedOutOfSample: [[0.5, .nan]])
        }
        #expect(throws: Fault.self) { try HeldOutProbabilities(assertedOutOfSample: [[1.5]]) }
    }

    @Test func `agrees with the two-fold rule over scikit-learn`() async throws {
        let golden = try Golden.read("two_fold_cross_score.json")
        try await Golden.check(
            "two_fold_cross_score.json", within: "flags exact, probabilities 1e-5",
            golden["cases"].items
        ) { item in
            let name = item["name"].string ?? ""
            let table = item["labels"].table
            let labels = try LabelTable(rows: table.count, columns: labelColumns(table))
            let held = try await FoldModels.heldOut(
                matrix: Matrix(item["X"].table.map { $0.map { Float($0) } }), labels: labels,
                folds: item["fold"].numbers.map { Int32($0) },
                settings: LogisticSettings(
                    inverseRegularisation: item["C"].number ?? 0, tolerance: 1e-8), threads: 2)
            let expected = item["expected"]
            let wanted = columns(expected["out_of_fold_proba"].table)
            for (column, other) in zip(held.columns, wanted) {
                #expect(distance(column, other) < 1e-5, "\(name)")
            }
            let verdicts = try CrossScoreRule.verdicts(
                labels: labels, probabilities: held, threshold: item["threshold"].number ?? 0)
            let flags = columns(expected["flags"].table)
            for category in verdicts.indices {
                // A label judged by a constant is marked unsupported and not mislabelled.
                let supported = held.supported(category: category)
                for row in verdicts[category].indices {
                    let verdict: LabelVerdict =
                        !supported[row]
                        ? .unsupported : flags[category][row] == 1 ? .disagrees : .agrees
                    #expect(verdicts[category][row] == verdict)
                }
            }
            let degenerate = expected["degenerate"].items.map {
                [$0["class"].number, $0["scored_fold"].number]
            }
            let own = held.unsupportedFolds.enumerated().flatMap { category, folds in
                folds.map { [Double(category), Double($0)] }
            }
            #expect(own == degenerate.map { $0.compactMap { $0 } }, "\(name)")
        }
        try await Golden.check(
            "two_fold_cross_score.json", "audits", within: "exact",
            golden["audit_rule"]["examples"].items
        ) { item in
            let relabels = AuditRule().relabelsAll(
                audited: Int(item["audited"].number ?? -1),
                mislabelled: Int(item["mislabelled"].number ?? -1))
            #expect(JSONValue.bool(relabels) == item["relabel_all"])
        }
    }
}

@Suite struct AuditTests {
    @Test func `thirty in a hundred is not more than 30 percent`() {
        let rule = AuditRule()
        for audited in stride(from: 10, through: 500, by: 10) {
            let limit = audited * 3 / 10
            #expect(!rule.relabelsAll(audited: audited, mislabelled: limit))
            #expect(rule.relabelsAll(audited: audited, mislabelled: limit + 1))
        }
        #expect(!rule.relabelsAll(audited: 0, mislabelled: 0))
    }

    @Test func `the audited auditSample depends on nothing but seed, category and rows`() {
        let rule = AuditRule(auditedRows: 5)
        let flagged = Array(stride(from: 3, to: 100, by: 4))
        let auditSample = rule.auditSample(of: flagged, category: "spam", seed: 1)
        #expect(auditSample.count == 5 && Set(auditSample).isSubset(of: flagged))
        #expect(rule.auditSample(of: flagged.reversed(), category: "spam", seed: 1) == auditSample)
        #expect(rule.auditSample(of: flagged, category: "spam", seed: 2) != auditSample)
        #expect(rule.auditSample(of: [4, 2], category: "spam", seed: 1) == [2, 4])
        #expect(rule.auditSample(of: [], category: "spam", seed: 1).isEmpty)
    }

    @Test func `figures of an annotator against an auditor agree with the golden ones`()
        async throws
    {
        let cases = try Golden.read("audit_f1.json")["cases"].items
        try await Golden.check("audit_f1.json", within: "1e-12", cases) { item in
            // The auditor's labels are the truth; an unknown one of the annotator's is left out.
            var counts = Confusion()
            for (given, truth) in zip(item["annotator"].numbers, item["auditor"].numbers) {
                counts.add(given < 0 ? LabelTable.unknown : Int8(truth), predicted: given == 1)
            }
            let expected = item["expected"]
            let figures = [counts.f1, counts.precision, counts.recall, counts.accuracy]
            let wanted = ["f1", "precision", "recall", "accuracy"].compactMap {
                expected[$0].number
            }
            #expect(distance(figures, wanted) < 1e-12)
        }
    }
}

extension FoldModels {
    /// The probabilities of the rows that models were fitted on, by those of the other folds.
    static func heldOut(
        matrix: Matrix, labels: LabelTable, folds: [Int32],
        settings: LogisticSettings = LogisticSettings(isBalanced: true),
        excludedColumns: [Int] = [], threads: Int = 1
    ) async throws -> HeldOutProbabilities {
        let models = try await fit(
            matrix: matrix, labels: labels, folds: folds, settings: settings,
            excludedColumns: excludedColumns, threads: threads)
        let travelled = try FoldModels(portableBytes: models.portableBytes)
        return await travelled.heldOut(matrix, folds: folds, threads: threads)
    }
}
