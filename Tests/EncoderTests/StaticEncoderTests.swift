import CBLAS
import Records
import Testing

@testable import Encoder

struct StaticEncoderTests {
    private func withTeacher(_ body: (SentenceEncoder) throws -> Void) throws {
        try TinyModel().withFolder { try body(SentenceEncoder(folder: $0)) }
    }

    private func table(
        _ teacher: SentenceEncoder, columns: Int? = nil, threads: Int = 1
    ) throws -> StaticTable {
        try Distillation(of: teacher, columns: columns).table(threads: threads) { _ in }
    }

    @Test func `the table is the same for any number of threads`() throws {
        try withTeacher { teacher in
            let one = try table(teacher)
            #expect(one.columns == 32 && one.tokens == 30)
            for threads in [1, 2, 4] {
                let other = try table(teacher, threads: threads)
                #expect(other == one)
            }
        }
    }

    @Test func `a text's vector is the mean of its tokens' vectors, brought to length 1`() throws {
        try withTeacher { teacher in
            let table = try table(teacher, columns: 7)
            let encoder = try StaticEncoder(table, teacher: teacher)
            let texts = ["the a", "the a", "abc the.", "t", "q zz the"]
            let (vectors, tokens) = encoder.encode(texts)
            #expect(encoder.dimension == 7 && vectors.count == 7 * texts.count)
            #expect(tokens == texts.reduce(0) { $0 + teacher.tokenIdentifiers($1).count - 2 })
            for (place, text) in texts.enumerated() {
                var sum = [Double](repeating: 0, count: 7)
                for token in teacher.tokenIdentifiers(text).dropFirst().dropLast()
                where token != 1 {
                    for column in 0..<7 {
                        sum[column] += Double(table.vectors[Int(token) * 7 + column])
                    }
                }
                let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
                for column in 0..<7 {
                    #expect(
                        abs(sum[column] / length - Double(vectors[place * 7 + column])) < 1e-5)
                }
            }
        }
    }

    @Test func `a text without a known token has the vector of no words`() throws {
        try withTeacher { teacher in
            let encoder = try StaticEncoder(try table(teacher), teacher: teacher)
            let (vectors, _) = encoder.encode(["", "zz \u{6F22}", "the"])
            #expect(vectors[0..<32] == vectors[32..<64])
            #expect(vectors[0..<32] != vectors[64..<96])
            let length = vectors[0..<32].reduce(0) { $0 + $1 * $1 }
            #expect(abs(length - 1) < 1e-5)
        }
    }

    @Test func `a prompt of the teacher is no part of a token`() throws {
        try withTeacher { teacher in
            let prompted = try teacher.prompted(.text("the the a "))
            let (one, other) = (try table(prompted), try table(teacher))
            #expect(one == other)
            let ours = try StaticEncoder(table(teacher), teacher: prompted).encode(["ab"])
            let plain = try StaticEncoder(table(teacher), teacher: teacher).encode(["ab"])
            #expect(ours == plain)
        }
    }

    @Test func `a table survives its parts and its bytes`() throws {
        try withTeacher { teacher in
            let table = try table(teacher, columns: 9)
            let parts = table.parts
            #expect(parts.count == StaticTable.partCount(tokens: table.tokens, columns: 9))
            #expect(StaticTable(parts: parts) == table)
            #expect(try StaticTable(portableBytes: table.portableBytes) == table)
            #expect(StaticTable(parts: []) == nil)
            #expect(StaticTable(parts: Array(parts.dropLast())) == nil)
            #expect(StaticTable(parts: parts + [[1]]) == nil)
            var damaged = parts
            damaged[1][3] = .nan
            #expect(StaticTable(parts: damaged) == nil)
        }
    }

    @Test func `vectors longer than the teacher's are refused`() throws {
        try withTeacher { teacher in
            #expect(throws: Fault.self) { try Distillation(of: teacher, columns: 33) }
            let distilled = try Distillation(of: teacher, columns: 32)
            #expect(distilled.key != (try Distillation(of: teacher, columns: 31)).key)
        }
    }

    @Test func `work that is stopped midway ends with its reason`() throws {
        try withTeacher { teacher in
            #expect(throws: Fault.self) {
                try Distillation(of: teacher, columns: nil).table(threads: 1) {
                    (_: Int) throws(Fault) in throw Fault(.stopped, "enough")
                }
            }
        }
    }

    @Test func `special tokens and the alphabet are the most frequent, then words by order`() throws
    {
        var model = TinyModel()
        model.vocabulary[9] = "[unused0]"
        try model.withFolder { folder in
            let ranks = TokenRanks(try SentenceEncoder(folder: folder).tokenizer)
            #expect(ranks[0] == 0 && ranks[2] == 0)
            #expect(ranks[9] == nil && ranks.used.count == 29)
            // the, ##s, ##ing
            #expect(ranks[5] == 0 && ranks[6] == 0 && ranks[7] == 1)
            #expect(ranks[29] == 0)
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `components are uncorrelated, by falling variance, and evened out`(seed: UInt64) throws {
        var draws = CounterRNG(seed: seed, purpose: "components")
        let (count, columns) = (5_000, 8)
        var rows: [Float] = []
        for _ in 0..<count {
            // Independent axes of falling spread, turned in the first two columns.
            let axes = (0..<columns).map { (Float(draws.unit()) - 0.5) * Float(1 << (8 - $0)) }
            rows += [0.6 * axes[0] - 0.8 * axes[1] + 3, 0.8 * axes[0] + 0.6 * axes[1]] + axes[2...]
        }
        let components = try PrincipalComponents(rows, columns: columns, components: 5)
        #expect(components.varianceKept > 0.9 && components.varianceKept < 1)
        let found = components.project(rows)
        func moment(_ one: Int, _ other: Int) -> Double {
            (0..<count).reduce(0) {
                $0 + Double(found[$1 * 5 + one]) * Double(found[$1 * 5 + other])
            } / Double(count - 1)
        }
        for component in 0..<5 {
            // Uniform over a width w: variance w² / 12, its square root after scaling.
            let deviation = Double(1 << (8 - component)) / 12.0.squareRoot()
            #expect(abs(moment(component, component) / deviation - 1) < 0.1)
            for other in 0..<component {
                let scale = (moment(component, component) * moment(other, other)).squareRoot()
                #expect(abs(moment(component, other)) < 1e-6 * scale)
            }
        }
    }

    @Test(.enabled(if: TestModel.isThere, "needs the model all-MiniLM-L6-v2"))
    func `a distilled real model puts texts of one matter together`() throws {
        let teacher = try TestModel.encoder.get()
        let table = try table(teacher, threads: 2)
        #expect(table.columns == 256 && table.tokens == 30_522)
        let (vectors, _) = try StaticEncoder(table, teacher: teacher).encode([
            "my card was declined at the shop", "the bank refused to accept the payment card",
            "the puppy chased a ball in the garden", "a dog played on the grass",
        ])
        func cosine(_ one: Int, _ other: Int) -> Float {
            (0..<256).reduce(0) { $0 + vectors[one * 256 + $1] * vectors[other * 256 + $1] }
        }
        for (one, other) in [(0, 1), (2, 3)] {
            for far in 0..<4 where far != one && far != other {
                #expect(cosine(one, other) > cosine(one, far) + 0.1)
            }
        }
    }
}
