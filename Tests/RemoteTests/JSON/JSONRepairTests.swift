import Records
import Testing

@testable import Remote

struct JSONRepairTests {
    @Test func `survives any damage to a document`() {
        let document = Array(Workbench.completion(#"{"label":"spam é 😂"}"#).utf8)
        var draws = CounterRNG(seed: 5, purpose: "damage")
        for _ in 0..<3000 {
            var damaged = document
            for _ in 0...draws.below(3) {
                damaged[draws.below(damaged.count)] = UInt8(draws.below(256))
            }
            damaged.removeLast(draws.below(10))
            _ = OpenAIChat().parse(damaged)
            _ = JSONRepair.read(String(decoding: damaged, as: UTF8.self))
        }
    }

    @Test func `mends a fence, a mark and trailing commas, and nothing that would be a guess`() {
        let good = #"{"a":[1,2],"b":"x,]"}"#
        for text in [
            good, "```json\n\(good)\n```", "```\n\(good)```", "\u{FEFF}\(good)", "  \(good)\n",
            #"{"a":[1,2,],"b":"x,]", }"#, "```json\n{\"a\":[1,2,\n],\"b\":\"x,]\",}\n```\n",
        ] {
            #expect(JSONRepair.read(text) == good, "\(text)")
        }
        for text in [
            #"{"a":[1,2"#, #"{"a":[1,2],"b":"x"#, #"{"a":[1,,]}"#, "Sure! {\"a\":1}", "```", "",
            #"{"label": "safe",,"#, "```json\n{\"a\":1}",
        ] {
            #expect(JSONRepair.read(text) == nil, "\(text)")
        }
    }
}
