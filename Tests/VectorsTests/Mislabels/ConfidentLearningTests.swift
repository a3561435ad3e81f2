import Records
import Testing

@testable import Vectors

@Suite struct ConfidentLearningTests {
    /// cleanlab's documented example of six rows and two classes.
    @Test func `the documented example gives cleanlab's figures`() throws {
        let learning = try ConfidentLearning(
            labels: [0, 0, 0, 1, 1, 1], classes: 2,
            probabilities: [0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.2, 0.8, 0.75, 0.25, 0.1, 0.9])
        #expect(distance(learning.joint.thresholds, [0.8, 0.65]) < 1e-12)
        #expect(learning.joint.counts == [[2, 0], [0, 2]])
        #expect(learning.joint.calibrated == [[3, 0], [0, 3]])
        #expect(learning.scores(.selfConfidence) == [0.9, 0.8, 0.7, 0.8, 0.25, 0.9])
        #expect(learning.flags(.predictedNotGiven) == [false, false, false, false, true, false])
        #expect(!learning.flags(.pruneByNoiseRate).contains(true))
    }

    @Test func `an unknown label is never counted nor flagged`() throws {
        for seed in 0..<20 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "confident")
            var labels: [Int] = []
            var probabilities: [Double] = []
            for _ in 0..<60 {
                labels.append(draws.below(4) - 1)
                let parts = (0..<3).map { _ in draws.unit() + 0.01 }
                probabilities += parts.map { $0 / parts.reduce(0, +) }
            }
            let all = try ConfidentLearning(
                labels: labels, classes: 3, probabilities: probabilities)
            let known = labels.indices.filter { labels[$0] >= 0 }
            let only = try ConfidentLearning(
                labels: known.map { labels[$0] }, classes: 3,
                probabilities: known.flatMap { probabilities[$0 * 3..<$0 * 3 + 3] })
            #expect(all.joint == only.joint)
            for filter in MislabelFilter.allCases {
                let flags = all.flags(filter)
                #expect(known.map { flags[$0] } == only.flags(filter))
                #expect(labels.indices.allSatisfy { labels[$0] >= 0 || !flags[$0] })
            }
            // The calibrated joint keeps each given label's count.
            for label in 0..<3 {
                let row = all.joint.calibrated[label].reduce(0, +)
                #expect(row == labels.filter { $0 == label }.count)
            }
            // Both is the stricter of two.
            let both = zip(all.flags(.pruneByClass), all.flags(.pruneByNoiseRate))
            #expect(all.flags(.both) == both.map { $0 && $1 })
        }
    }

    @Test func `labels all alike, none at all and no rows are no error`() throws {
        for labels in [[0, 0, 0], [1, 1, 1], [-1, -1, -1], []] {
            let learning = try ConfidentLearning(
                labels: labels, classes: 2,
                probabilities: labels.flatMap { _ in [0.4, 0.6] })
            for filter in MislabelFilter.allCases {
                #expect(learning.flags(filter).count == labels.count)
            }
            for quality in LabelQuality.allCases {
                #expect(learning.scores(quality).count == labels.count)
            }
        }
    }

    @Test func `refuses what is no probability or no label`() {
        #expect(throws: Fault.self) {
            try ConfidentLearning(labels: [0], classes: 2, probabilities: [.nan, 1])
        }
        #expect(throws: Fault.self) {
            try ConfidentLearning(labels: [2], classes: 2, probabilities: [0.5, 0.5])
        }
        #expect(throws: Fault.self) {
            try ConfidentLearning(labels: [0], classes: 2, probabilities: [0.5])
        }
    }

    @Test func `agrees with cleanlab on one label a row`() async throws {
        let golden = try Golden.read("cleanlab_singlelabel.json")
        try await Golden.check(
            "cleanlab_singlelabel.json", within: "flags and counts exact, scores 1e-9",
            golden["cases"].items
        ) { item in
            let name = item["name"].string ?? ""
            let table = item["pred_probs"].table
            let learning = try ConfidentLearning(
                labels: item["labels"].integers, classes: table[0].count,
                probabilities: table.flatMap { $0 })
            let expected = item["expected"]
            #expect(
                distance(learning.joint.thresholds, expected["thresholds"].numbers) < 1e-9)
            #expect(learning.joint.counts == expected["confident_joint"].items.map(\.integers))
            #expect(
                learning.joint.calibrated
                    == expected["confident_joint_calibrated"].items.map(\.integers), "\(name)")
            for filter in MislabelFilter.allCases {
                let wanted = expected["flags"][filter.rawValue]
                if wanted.isNull { continue }
                #expect(
                    learning.flags(filter) == wanted.numbers.map { $0 == 1 },
                    "\(name) \(filter)")
            }
            #expect(
                learning.flags(.confidentLearning).count { $0 }
                    == expected["num_label_issues"].number.map { Int($0) }, "\(name)")
            for quality in LabelQuality.allCases {
                let scores = learning.scores(quality).compactMap { $0 }
                let wanted = expected["scores"][quality.rawValue].numbers
                #expect(distance(scores, wanted) < 1e-9, "\(name) \(quality)")
                let moved = expected["scores"][quality.rawValue + "_adjusted"]
                if moved.isNull { continue }
                let adjusted = learning.scores(quality, adjusted: true).compactMap { $0 }
                #expect(distance(adjusted, moved.numbers) < 1e-9, "\(name) \(quality)")
            }
        }
    }
}

@Suite struct MultiLabelConfidentLearningTests {
    static func learning(
        _ labels: [[Int8]], _ probabilities: [[Double]]
    ) throws -> MultiLabelConfidentLearning {
        try MultiLabelConfidentLearning(
            labels: LabelTable(rows: labels.first?.count ?? 0, columns: labels),
            probabilities: HeldOutProbabilities(assertedOutOfSample: probabilities))
    }

    /// One quality a row, as the stage writes it beside the row.
    static func rowScores(
        _ learning: MultiLabelConfidentLearning, _ quality: LabelQuality,
        _ rowQuality: RowQuality = .movingAverage
    ) -> [Double?] {
        let scores = learning.categories.map { $0.scores(quality) }
        return scores[0].indices.map { row in
            rowQuality.combined(scores.compactMap { $0[row] })
        }
    }

    /// The docstring example of cleanlab's MultilabelScorer: 0.9 and 0.5.
    @Test func `the documented example scores 0.9 and 0.5`() throws {
        let learning = try Self.learning(
            [[0, 1], [1, 0], [0, 1]], [[0.1, 0.4], [0.9, 0.1], [0.1, 0.9]])
        let scores = Self.rowScores(learning, .selfConfidence).compactMap { $0 }
        #expect(distance(scores, [0.9, 0.5]) < 1e-12)
    }

    @Test func `a category nobody carries cannot crash, and its quality still shows the miss`()
        throws
    {
        let learning = try Self.learning(
            [[0, 0, 0, 0], [1, 1, 0, 0]], [[0.1, 0.2, 0.9, 0.1], [0.9, 0.8, 0.1, 0.2]])
        #expect(learning.categories[0].joint.thresholds[1] == 2)
        #expect(!learning.flags(.pruneByNoiseRate)[0].contains(true))
        #expect(learning.flags(.predictedNotGiven)[0] == [false, false, true, false])
        let scores = Self.rowScores(learning, .selfConfidence).compactMap { $0 }
        #expect(scores.min() == scores[2])
    }

    @Test func `a row without a known label has no score`() throws {
        let learning = try Self.learning([[-1, 0, 1]], [[0.9, 0.1, 0.9]])
        #expect(
            Self.rowScores(learning, .selfConfidence).map { $0 == nil } == [true, false, false])
        #expect(learning.flags(.predictedNotGiven) == [[false, false, false]])
    }

    @Test func `agrees with cleanlab wherever that does not raise`() async throws {
        let cases = try Golden.read("cleanlab_multilabel.json")["cases"].items
        try await Golden.check(
            "cleanlab_multilabel.json", within: "flags and counts exact, scores 1e-9", cases
        ) { item in
            let name = item["name"].string ?? ""
            let learning = try Self.learning(
                labelColumns(item["labels"].table), columns(item["pred_probs"].table))
            let expected = item["expected"]
            let joints = learning.categories.map(\.joint)
            let thresholds = expected["confident_thresholds_per_class_[t0,t1]"].table
            for (joint, wanted) in zip(joints, thresholds) {
                #expect(distance(joint.thresholds, wanted) < 1e-9, "\(name)")
            }
            let counts = expected["confident_joint_uncalibrated_rows_given_cols_true"].items
            #expect(joints.map(\.counts) == counts.map { $0.items.map(\.integers) }, "\(name)")
            let calibrated = expected["confident_joint_calibrated"].items
            #expect(
                joints.map(\.calibrated) == calibrated.map { $0.items.map(\.integers) },
                "\(name)")
            try Self.compareFlags(learning, expected, name)
            try Self.compareScores(learning, expected, name)
        }
    }

    static func compareFlags(
        _ learning: MultiLabelConfidentLearning, _ expected: JSONValue?, _ name: String
    ) throws {
        for filter in MislabelFilter.allCases {
            let cells = expected["flags_per_class"][filter.rawValue]
            if !cells.isNull {
                let wanted = columns(cells.table).map { $0.map { $0 == 1 } }
                #expect(learning.flags(filter) == wanted, "\(name) \(filter)")
            }
            let rows = expected["flags_any"][filter.rawValue]
            if rows.isNull { continue }
            #expect(
                rowFlags(learning, filter) == rows.numbers.map { $0 == 1 }, "\(name) \(filter)")
        }
        let ranked = expected["ranked_issue_indices_default"]
        if ranked.isNull { return }
        let scores = rowScores(learning, .selfConfidence).map { $0 ?? 1 }
        let flagged = rowFlags(learning, .pruneByNoiseRate).enumerated().filter(\.element)
        let rows = flagged.map { (scores[$0.offset], $0.offset) }.sorted { $0 < $1 }.map(\.1)
        #expect(rows == ranked.integers, "\(name)")
    }

    /// Whether any label of each row is flagged.
    static func rowFlags(
        _ learning: MultiLabelConfidentLearning, _ filter: MislabelFilter
    ) -> [Bool] {
        let flags = learning.flags(filter)
        return flags[0].indices.map { row in flags.contains { $0[row] } }
    }

    static func compareScores(
        _ learning: MultiLabelConfidentLearning, _ expected: JSONValue?, _ name: String
    ) throws {
        for quality in LabelQuality.allCases {
            let key = quality.rawValue
            let cells = expected["per_class_scores"][key]
            if cells.isNull { continue }
            for (category, wanted) in zip(learning.categories, columns(cells.table)) {
                let scores = category.scores(quality).compactMap { $0 }
                #expect(distance(scores, wanted) < 1e-9, "\(name) \(key)")
            }
            let rows = rowScores(learning, quality).compactMap { $0 }
            let wanted = expected["example_scores_ema_alpha0.8"][key].numbers
            #expect(distance(rows, wanted) < 1e-9, "\(name) \(key)")
        }
        let soft = expected["example_scores_softmin_temp0.1_self_confidence"]
        if soft.isNull { return }
        let rows = rowScores(learning, .selfConfidence, .softMinimum).compactMap { $0 }
        #expect(distance(rows, soft.numbers) < 1e-9, "\(name)")
    }
}
