import CKernels
import FoundationEssentials
import Records
import Testing

@testable import Encoder

/// Every family of models against sentence-transformers, on small random weights.
struct ArchitectureTests {
    /// 3e-7 was the largest difference seen; other kernels sum in another order.
    private static let tolerance: Float = 2e-6

    private func prompt(_ run: GoldenModels.Run) -> SentenceEncoder.Prompt {
        run.prompt.map { .named($0) } ?? .standard
    }

    private func check(_ vectors: [Float], _ rows: [Golden.Row], _ comment: String) {
        let width = rows[0].vector.count
        #expect(vectors.count == rows.count * width)
        for (index, row) in rows.enumerated() {
            let ours = vectors[index * width..<(index + 1) * width]
            let difference = zip(ours, row.vector).map { abs($0 - $1) }.max() ?? 1
            #expect(difference < Self.tolerance, "\(comment), text \(index)")
        }
    }

    private func name(_ model: GoldenModels.Model, _ run: GoldenModels.Run) -> String {
        "\(model.folder), prompt \(run.prompt ?? "-"), pooling \(run.pooling ?? "-")"
    }

    @Test func `vectors of the same identifiers agree with sentence-transformers`() throws {
        for model in try GoldenModels.load() {
            let encoder = try SentenceEncoder(folder: GoldenModels.folder + "/" + model.folder)
            #expect(encoder.maximumTokens == model.maximum)
            for run in model.runs where run.pooling == nil {
                let encoder = try encoder.prompted(prompt(run))
                let vectors = try encoder.encode(identifiers: run.rows.map(\.ids), threads: 2)
                check(vectors, run.rows, name(model, run))
            }
        }
    }

    @Test func `texts get the identifiers of Hugging Face's tokenizers`() throws {
        for model in try GoldenModels.load() {
            let encoder = try SentenceEncoder(folder: GoldenModels.folder + "/" + model.folder)
            for run in model.runs where run.pooling == nil {
                let encoder = try encoder.prompted(prompt(run))
                for (index, row) in run.rows.enumerated() {
                    let ids = encoder.tokenIdentifiers(row.text)
                    #expect(ids == row.ids, "\(name(model, run)), text \(index)")
                }
                let vectors = try encoder.encode(run.rows.map(\.text), threads: 1)
                check(vectors, run.rows, name(model, run))
            }
        }
    }

    @Test func `mean, first token and last token are what pooling files ask for`() throws {
        for model in try GoldenModels.load() {
            for run in model.runs {
                guard let pooling = run.pooling else { continue }
                let vectors = try GoldenModels.withCopy(of: model.folder) { folder in
                    let file = folder.appending(path: "1_Pooling/config.json")
                    try FileManager.default.createDirectory(
                        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try Data("{\"pooling_mode\": [\"\(pooling)\"]}".utf8).write(to: file)
                } body: { folder in
                    try SentenceEncoder(folder: folder)
                        .encode(identifiers: run.rows.map(\.ids), threads: 1)
                }
                check(vectors, run.rows, name(model, run))
            }
        }
    }

    @Test(arguments: [nil, false])
    func `every family gives the same bytes in any order and number of threads`(
        packing: Bool?
    ) throws {
        for model in try GoldenModels.load() {
            let encoder = try SentenceEncoder(
                folder: GoldenModels.folder + "/" + model.folder, precision: .fp32, library: nil,
                packing: packing, level: ckernels_best_level())
            let texts = model.runs[0].rows.map(\.ids)
            let width = encoder.dimension
            let forth = try encoder.encode(identifiers: texts, threads: 1)
            let back = try encoder.encode(identifiers: texts.reversed(), threads: 3)
            for index in texts.indices {
                let place = texts.count - 1 - index
                let one = forth[index * width..<(index + 1) * width].map(\.bitPattern)
                let other = back[place * width..<(place + 1) * width].map(\.bitPattern)
                #expect(one == other, "\(model.folder), text \(index)")
            }
        }
    }
}
