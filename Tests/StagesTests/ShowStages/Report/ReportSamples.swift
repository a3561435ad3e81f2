import Foundation
import Pipeline
import Records

@testable import ShowStages

/// A run as a report sees it, with numbers that are easy to find again.
enum ReportSamples {
    static let hostile = [
        "<script>alert(1)</script>", "\"'&<>", "]]>", "a|b`c`", "\u{202E}txt",
        "\u{0}\u{7}\u{1B}[31m",
        "---\nlicense: mit\n", "{{ x }}", "\u{2028}", "&amp;", "<!--", "−∞ é 🙂", "",
    ]

    static func manifest(
        _ stage: String, input: Int, added: Int = 0, refused: [String: Int] = [:],
        settings: [String: String] = [:],
        gates: [(name: String, passed: Bool, detail: String)] = [], notes: [String] = []
    ) throws -> Manifest {
        var counts = Manifest.Counts()
        counts.input = input
        counts.added = added
        counts.refused = refused.values.reduce(0, +)
        counts.kept = input + added - counts.refused
        counts.refusedByReason = refused
        // Manifests are made by the runner only, so a test makes them of their JSON.
        let json: [String: Any] = [
            "tool": "curate 0", "stage": stage, "use": stage, "version": 1, "fingerprint": "f",
            "inputs": [String: String](), "settings": settings, "layout": 2,
            "counts": [
                "input": counts.input, "added": counts.added, "kept": counts.kept,
                "refused": counts.refused, "refusedByReason": refused,
            ] as [String: Any], "shards": [Any](),
            "extras": [Any](), "published": [String](),
            "gates": gates.map { gate -> [String: Any] in
                ["name": gate.name, "passed": gate.passed, "detail": gate.detail]
            },
            "notes": notes,
        ]
        return try JSONDecoder().decode(
            Manifest.self, from: JSONSerialization.data(withJSONObject: json))
    }

    /// A large, ordinary run.
    static func data() throws -> ReportData {
        let names = ["threats", "hate_speech", "spam", "harassment", "scam_patterns", "self_harm"]
        let stages = [
            try manifest(
                "ingest", input: 24_783, refused: ["bad_json": 12, "too_short": 341],
                notes: ["Read 24,783 rows of 2 sources."]),
            try manifest("scan", input: 24_430),
            try manifest(
                "generate", input: 24_430, added: 3_600, settings: ["per_category": "200"]),
            try manifest("counterfactual", input: 28_030, added: 1_152),
            try manifest("perturb", input: 29_182, added: 2_410, settings: ["share": "0.1"]),
            try manifest("embed", input: 31_592),
            try manifest(
                "centroid-filter", input: 31_592, refused: ["far_from_centroid": 1_204],
                settings: ["percentile": "97.5"]),
            try manifest(
                "dedupe", input: 30_388,
                refused: [
                    "duplicate_exact": 410, "duplicate_near": 1_873, "duplicate_semantic": 96,
                ]
            ),
            try manifest("mislabels", input: 28_009, refused: ["mislabel": 640]),
            try manifest("split", input: 27_369),
            try manifest(
                "evaluate", input: 27_369, settings: ["minimum_f1": "0.85"],
                gates: [
                    (name: "f1 spam", passed: true, detail: "F1 0.912 on test"),
                    (name: "f1 threats", passed: false, detail: "F1 0.811 on test"),
                ], notes: ["macro-F1 0.861 over 6 of 6 categories."]),
        ]
        var composition = Composition()
        composition.rows[.train] = 21_000
        composition.rows[.val] = 3_100
        composition.rows[.test] = 3_269
        for (index, name) in names.enumerated() {
            composition.positives[name] = counts(
                4_200 / (index + 1), 500 / (index + 1), 480 / (index + 1))
            composition.negatives[name] = counts(9_000, 1_400, 1_500)
        }
        composition.sources = [
            "corpus": counts(15_000, 3_100, 3_269), "zero_shot": counts(2_800, 0, 0),
            "counterfactual": counts(1_100, 0, 0), "perturbation": counts(2_100, 0, 0),
        ]
        composition.models = [
            "zero_shot": ["curate-offline-grammar-1 (not a language model)": 2_800]
        ]
        composition.templates = ["positive@1": 2_000, "hard_negative@1": 800]
        composition.labelledBy = ["source": 21_369, "construction": 6_000]
        composition.languages = ["en": 27_000, "un": 369]
        composition.conflicts = 41
        composition.suspicious = 77
        composition.suspiciousByCategory = ["spam": 50, "threats": 27]
        return ReportData(
            settings: ReportSettings(
                title: "Moderation nightly", licence: "cc-by-4.0", languages: [],
                description: "Messages and listings, labelled for moderation."),
            pipeline: "moderation-nightly", taxonomy: nil, stages: stages,
            composition: composition, metrics: try metrics(names),
            labelHealth: LabelHealth(labelHealth(names)),
            rounds: SelectionRounds(rounds(category: "spam")), curves: names.map(curve),
            distances: names.map(histogram),
            splitFiles: ["train.jsonl", "val.jsonl", "test.jsonl"])
    }

    private static func counts(_ train: Int, _ val: Int, _ test: Int) -> Composition.Counts {
        var counts = Composition.Counts()
        counts[.train] = train
        counts[.val] = val
        counts[.test] = test
        return counts
    }

    private static func metrics(_ names: [String]) throws -> Evaluation {
        let spread: [String: Any] = ["groups": 7, "sum": 0.4321, "mean": 0.06, "largest": 0.1987]
        let group: [String: Any] = [
            "by": "platform", "falsePositiveDifferences": spread,
            "falseNegativeDifferences": spread, "finalMetric": 0.9172,
            "groups": [
                [
                    "name": "forum", "rows": 412, "wrong": 97, "excess": 4.26,
                    "falsePositiveRate": 0.2345, "bpsnAUC": 0.8765, "examples": ["id-of-a-row"],
                ]
            ],
        ]
        let categories = names.enumerated().map { index, name -> [String: Any] in
            let f1 = 0.94 - 0.043 * Double(index == 0 ? 3 : index)
            let support = [
                "positives": index == 5 ? 8 : 120 - index * 10, "negatives": 900, "unknown": 3,
            ]
            return [
                "category": name, "train": support, "val": support, "test": support,
                "threshold": 0.51, "isTuned": true, "isLearnt": true, "averagePrecision": f1 + 0.03,
                "rocAUC": 0.97, "f1": f1, "precision": f1 - 0.02, "recall": f1 + 0.02,
                "f1Interval": ["low": f1 - 0.04, "high": f1 + 0.03],
                "gate": index == 5 ? "too_few_rows" : f1 >= 0.85 ? "passed" : "failed",
                "counterfactual": [
                    [
                        "label": 0, "sets": 40, "pairs": 310, "gap": 0.031, "flipRate": 0.0129,
                        "flippedSets": 0.05,
                    ]
                ],
                "calibration": [
                    "brierScore": 0.0613, "expectedError": 0.0347, "maximumError": 0.211,
                    "bins": [
                        [
                            "low": 0.0, "high": 0.1, "rows": 2_000, "positives": 40,
                            "meanScore": 0.04,
                        ],
                        [
                            "low": 0.9, "high": 1.0, "rows": 300, "positives": 270,
                            "meanScore": 0.95,
                        ],
                    ],
                ],
                "groups": index == 0 ? [group] : [],
            ]
        }
        let comparison: [String: Any] = [
            "rows": 3_200, "missing": 69,
            "macroF1": ["value": 0.0123, "interval": ["low": -0.0045, "high": 0.0291]],
            "categories": [
                ["category": "spam", "f1": ["value": -0.0317]], ["category": "threats"],
            ],
        ]
        let average = ["averagePrecision": 0.9, "f1": 0.861, "precision": 0.85, "recall": 0.87]
        let arm: [String: Any] = [
            "without": ["zero_shot"], "trainRows": 18_200, "macroF1": 0.84,
            "macroAveragePrecision": 0.88, "macroF1Difference": 0.021, "f1Difference": [:],
        ]
        let json: [String: Any] = [
            "rows": ["train": 21_000, "val": 3_100, "test": 3_269], "categories": categories,
            "macroPresent": average, "macroAll": average, "micro": average,
            "macroF1Interval": ["low": 0.84, "high": 0.88], "remarks": [String](),
            "ablation": ["realOnly": arm, "sources": [arm]], "comparison": comparison,
        ]
        return try JSONDecoder().decode(
            Evaluation.self, from: JSONSerialization.data(withJSONObject: json))
    }

    /// `summary.json` of `mislabels` on rows of one category each.
    static func labelHealth(_ names: [String]) -> [UInt8] {
        let entries = names.enumerated().map { index, name in
            let others = index == 0 ? #"{"spam":37}"# : "{}"
            return """
                "\(name)":{"rows":27369,"positives":\(1_000 - index),"unsupported":\(index == 5),
                "unsupported_because":\(index == 5 ? "\"too_few_rows\"" : "null"),
                "flagged":\(61 + index),"contradictions":3,"estimated_noise":0.0432,
                "label_health":0.9568,"likely_others":\(others),"audited":30,
                "decided":\(index * 10),"wrong":\(index * 4),"wrong_share":0.4,
                "wrong_share_low":0.1682,
                "wrong_share_high":0.6873,"relabel_all":true}
                """
        }
        return Array("{\(entries.joined(separator: ","))}".utf8)
    }

    /// `summary.json` of `select` after one round, half of which nobody labelled.
    static func rounds(category: String) -> [UInt8] {
        var name: [UInt8] = []
        JSONText.append(category, to: &name)
        let quoted = String(decoding: name, as: UTF8.self)
        return Array(
            """
            {"round":2,"pool":23456,"picks":[],"given":{},"rounds":[
            {"round":1,"pipeline":"highest","category":\(quoted),"picked":317,"labelled":158,
            "positive":79,"share":0.5,"share_low":0.4228,"share_high":0.5772,"random_share":0.0625,
            "random_low":0.01,"random_high":0.2,"random_of":"given","times_random":8.0,
            "times_low":5.375,"times_high":11.9},
            {"round":1,"pipeline":"uncertainty","category":\(quoted),"picked":4,"labelled":0,
            "positive":0,"share":null,"share_low":null,"share_high":null,"random_share":0.0625,
            "random_low":0.01,"random_high":0.2,"random_of":"given","times_random":null,
            "times_low":null,"times_high":null}]}
            """.utf8)
    }

    private static func curve(_ name: String) -> Curves.Curve {
        let recall = (0...60).map { 1 - Double($0) / 60 }
        return Curves.Curve(
            category: name, recall: recall,
            precision: recall.map { 1 - 0.75 * $0 * $0 * $0 * $0 * $0 * $0 })
    }

    private static func histogram(_ name: String) -> DistanceHistogram {
        let counts = (0..<80).map { bin -> Int in
            let x = (Double(bin) - 26 - Double(name.utf8.count)) / 7
            return Int(900 / (1 + x * x * x * x))
        }
        return DistanceHistogram(category: name, counts: counts, low: 0, high: 1.2)
    }
}
