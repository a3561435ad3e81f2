import Foundation
import Glibc
import Pipeline
import Testing

/// `curate run --workers`: real processes, which write the same bytes as threads do.
struct WorkersTests {
    /// Every stage that needs no endpoint, over rows with copies, labels and lineage.
    private static let stages = """
        - {use: ingest}
        - {use: filter, labelled: true}
        - {use: scan}
        - {use: dedupe, near: {threshold: 0.6}}
        - {use: label, only: all, labellers: [{use: lexicon}]}
        - {use: perturb, share: 0.5}
        - {use: counterfactual, sets: 6, category: hate_speech}
        - {use: vectorise}
        - {use: dedupe, name: again, semantic: {threshold: 0.9}}
        - {use: centroid-filter, by: margin, action: review}
        - {use: mislabels, folds: 3}
        - {use: select, budget: 3}
        - {use: split}
        - {use: evaluate, resamples: 20}
        - {use: report}
        """

    private static func write(_ folder: TestFolder, shardRows: Int, stages: String) throws {
        let rows = (0..<60).map { index in
            let word = ["free money", "see you at noon", "click here now", "the cat sat"][index % 4]
            let text = index % 9 == 0 ? "\(word) \(index % 4)" : "\(word) number \(index)"
            let label = ["spam", "harassment", "hate_speech"][index % 3]
            return #"{"id":"r\#(index)","text":"\#(text)","labels":{"\#(label)":\#(index % 2)}}"#
        }
        try folder.write(rows.joined(separator: "\n") + "\n", to: "rows.jsonl")
        try folder.write(
            """
            name: w
            run: {seed: 3, shard_rows: \(shardRows)}
            taxonomy: \(Self.taxonomy)
            sources: [{path: rows.jsonl}]
            stages:
            \(stages.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
            """, to: "p.yaml")
    }

    private static let taxonomy = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("pipelines/taxonomies/moderation-18.yaml").path

    private static let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("EncoderTests/Golden/Models/bert-plain").path

    /// The manifests of all stages of a run into `out`, by folder.
    private static func manifests(
        _ folder: TestFolder, out: String, _ arguments: [String]
    ) throws -> [String: Data] {
        let said = try Child(
            ["run", "\(folder.path)/p.yaml", "-o", "\(folder.path)/\(out)", "--no-progress"]
                + arguments, in: folder, name: out
        ).wait()
        try #require(said.code <= 1, "\(said.err)")
        let root = "\(folder.path)/\(out)/w"
        var found: [String: Data] = [:]
        for stage in try FileManager.default.contentsOfDirectory(atPath: root) {
            let path = "\(root)/\(stage)/manifest.json"
            if let data = FileManager.default.contents(atPath: path) { found[stage] = data }
            #expect(!FileManager.default.fileExists(atPath: "\(root)/\(stage)/parts"))
        }
        return found
    }

    @Test(.enabled(if: Child.isBuilt), arguments: [100, 20, 7])
    func `every stage writes the same bytes with threads and with workers`(shardRows: Int) throws {
        let folder = try TestFolder()
        try Self.write(folder, shardRows: shardRows, stages: Self.stages)
        let threads = try Self.manifests(folder, out: "threads", ["-j", "1"])
        #expect(threads.count == 15)
        for workers in [1, 3] {
            let found = try Self.manifests(folder, out: "w\(workers)", ["--workers", "\(workers)"])
            for (stage, manifest) in threads.sorted(by: { $0.key < $1.key }) {
                #expect(found[stage] == manifest, "\(stage) with \(workers) workers")
            }
        }
    }

    @Test(.enabled(if: Child.isBuilt))
    func `a worker that is killed in any step is replaced, and the bytes are the same`() throws {
        let folder = try TestFolder()
        let marks = "\(folder.path)/marks"
        try FileManager.default.createDirectory(
            atPath: marks, withIntermediateDirectories: true)
        try Self.write(
            folder, shardRows: 7, stages: "- {use: ingest}\n- {use: fragile, marks: '\(marks)'}")
        let killed = try Self.manifests(folder, out: "killed", ["--workers", "2"])
        let steps = try FileManager.default.contentsOfDirectory(atPath: marks).sorted()
        #expect(steps == ["firsts", "lengths", "note", "texts"], "each step lost a worker")
        let threads = try Self.manifests(folder, out: "threads", ["-j", "2"])
        #expect(killed == threads)
    }

    @Test(.enabled(if: Child.isBuilt))
    func `workers embed as threads do, and take stored vectors from the run`() throws {
        let folder = try TestFolder()
        try Self.write(
            folder, shardRows: 7,
            stages: """
                - {use: ingest}
                - {use: embed, model: '\(Self.model)'}
                - {use: embed, name: distilled, model: '\(Self.model)', distil: static}
                - {use: split}
                """)
        let threads = try Self.manifests(folder, out: "threads", ["-j", "2"])
        let out = "\(folder.path)/workers/w/02-embed"
        let workers = try Self.manifests(folder, out: "workers", ["--workers", "2"])
        #expect(workers == threads && threads.count == 4)
        #expect(try #require(try Self.counter("embedded", of: out)) > 0)
        try FileManager.default.removeItem(atPath: out)
        let again = try Self.manifests(folder, out: "workers", ["--workers", "3"])
        #expect(again == threads)
        #expect(try Self.counter("embedded", of: out) == 0)
        #expect(try Self.counter("cached", of: out) == 60)
    }

    /// A number that a stage wrote into its `stats.json`.
    private static func counter(_ name: String, of stage: String) throws -> Int? {
        let data = try #require(FileManager.default.contents(atPath: "\(stage)/stats.json"))
        let stats = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return (stats?["counters"] as? [String: Any])?[name] as? Int
    }

    @Test(.enabled(if: Child.isBuilt))
    func `a step that ends one worker after the other is a defect, and no rows are written`()
        throws
    {
        let folder = try TestFolder()
        try Self.write(
            folder, shardRows: 7,
            stages: "- {use: ingest}\n- {use: fragile, marks: '\(folder.path)', always: true}")
        let said = try Child(
            ["run", "\(folder.path)/p.yaml", "-o", "\(folder.path)/out", "--workers", "2"],
            in: folder
        ).wait()
        #expect(said.code == 70)
        #expect(said.err.contains("ended 4 workers") && said.err.contains("signal 9"))
        #expect(
            !FileManager.default.fileExists(atPath: "\(folder.path)/out/w/02-fragile/manifest.json")
        )
    }

    @Test(.enabled(if: Child.isBuilt))
    func `a fault of a row in a worker is the run's fault, with its words`() throws {
        let folder = try TestFolder()
        try Self.write(
            folder, shardRows: 7, stages: "- {use: ingest}\n- {use: consult, fault: badData}")
        let said = try Child(
            ["run", "\(folder.path)/p.yaml", "-o", "\(folder.path)/out", "--workers", "2"],
            in: folder
        ).wait()
        #expect(said.code == 65)
        #expect(said.err.contains("nobody answers") && said.err.contains("not even once"))
    }

    @Test(.enabled(if: Child.isBuilt))
    func `a signal stops a run with workers at once, and none of them stays`() throws {
        let folder = try TestFolder()
        let (child, workers) = try Self.slowRun(in: folder)
        kill(child.pid, SIGTERM)
        #expect(try child.wait().code == 75)
        for worker in workers { #expect(Self.isGone(worker)) }
    }

    @Test(.enabled(if: Child.isBuilt))
    func `workers end with a run that is killed`() throws {
        let folder = try TestFolder()
        let (child, workers) = try Self.slowRun(in: folder)
        kill(child.pid, SIGKILL)
        _ = try child.wait()
        for worker in workers { #expect(Self.isGone(worker)) }
    }

    @Test(.enabled(if: Child.isBuilt), arguments: ["", "hello, what is to be done here?"])
    func `a worker that no run started says so`(input: String) throws {
        let folder = try TestFolder()
        let file = try folder.write(input, to: "input")
        let said = try Child(["worker"], in: folder, input: file).wait()
        #expect(said.code == 64)
        #expect(said.err.contains("curate run --workers"))
    }

    /// A run that takes long, once both of its workers are at work.
    private static func slowRun(in folder: TestFolder) throws -> (child: Child, workers: [pid_t]) {
        try write(
            folder, shardRows: 7, stages: "- {use: ingest}\n- {use: crawl, milliseconds: 9000}")
        let child = try Child(
            ["run", "\(folder.path)/p.yaml", "-o", "\(folder.path)/out", "--workers", "2"],
            in: folder)
        var workers: [pid_t] = []
        for _ in 0..<400 where workers.count < 2 {
            usleep(25_000)
            workers = children(of: child.pid)
        }
        try #require(workers.count == 2)
        return (child, workers)
    }

    /// The processes that a process started, from Linux's list of its threads' children.
    private static func children(of process: pid_t) -> [pid_t] {
        let tasks = "/proc/\(process)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return threads.flatMap { thread in
            let list = (try? String(contentsOfFile: "\(tasks)/\(thread)/children", encoding: .utf8))
            return (list ?? "").split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// Whether a process has ended, waited for at most ten seconds.
    private static func isGone(_ process: pid_t) -> Bool {
        for _ in 0..<400 {
            let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            // A zombie has ended; its parent, whoever that is now, takes it out of the table.
            if state.map({ $0.contains(") Z ") }) ?? true { return true }
            usleep(25_000)
        }
        return false
    }
}
