import Testing

@testable import Records

struct JSONValueTests {
    private func read(_ text: String) -> JSONValue? { try? JSONReader.read(Array(text.utf8)) }

    private func canonical(_ text: String) -> String? {
        read(text).map { String(decoding: JSONWriter.write($0), as: UTF8.self) }
    }

    @Test func `writes the canonical form of RFC 8785`() {
        // The RFC's own examples, sections 3.2.2 and 3.2.3.
        #expect(
            canonical(
                #"""
                {"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                 "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
                 "literals": [null, true, false]}
                """#)
                == #"{"literals":[null,true,false],"#
                + #""numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
                + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#)
        #expect(
            canonical(#"{"€":1,"\r":2,"\ufb33":3,"1":4,"😂":5,"\u0080":6,"ö":7}"#)
                == "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😂\":5,\"\u{FB33}\":3}")
    }

    @Test func `writes numbers as ECMAScript does and reads the same back`() {
        let expected: [(Double, String)] = [
            (0, "0"), (-0.0, "0"), (1, "1"), (-1.5, "-1.5"), (1e21, "1e+21"),
            (1e20, "1" + String(repeating: "0", count: 20)),
            (1e-6, "0.000001"), (1e-7, "1e-7"), (.leastNonzeroMagnitude, "5e-324"), (0.7, "0.7"),
            (123456.789, "123456.789"),
            (1.7976931348623157e308, "1.7976931348623157e+308"), (1e16, "10000000000000000"),
        ]
        for (number, text) in expected { #expect(JSONWriter.number(number) == text) }
        var draws = CounterRNG(seed: 1, purpose: "numbers")
        for _ in 0..<5000 {
            let number = Double(bitPattern: draws.next())
            if number.isFinite { #expect(Double(JSONWriter.number(number)) == number) }
        }
    }

    @Test func `whole numbers stay exact as far as they can, and become fractions beyond`() {
        for number in [0, 1, -1, 9, 10, -10, .max, .min, .max - 1, .min + 1] as [Int64] {
            #expect(read("\(number)") == .integer(number))
        }
        #expect(read("9223372036854775808") == .number(9.223372036854775808e18))
        #expect(read("-9223372036854775809") == .number(-9.223372036854775809e18))
        #expect(read("-0") == .number(-0.0))
        for text in ["-", "01", "-01", "1.", ".5", "1e", "+1", "0x1", "1_0", "--1"] {
            #expect(read(text) == nil)
        }
    }

    @Test func `the order of keys is that of their UTF-16 units, for many keys`() {
        let scalars: [Unicode.Scalar] = ["a", "b", "~", "é", "\u{E000}", "\u{FFFD}", "😂", "𐀀"]
        for seed in 0..<300 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "keys")
            var keys: Set<String> = []
            for _ in 0..<draws.below(12) {
                var key = ""
                for _ in 0..<draws.below(5) {
                    key.unicodeScalars.append(draws.pick(scalars) ?? "a")
                }
                keys.insert(key)
            }
            let shuffled = keys.map { JSONValue.Member(key: $0, value: .null) }
            let expected = keys.sorted { $0.utf16.lexicographicallyPrecedes($1.utf16) }
                .map { "\"\($0)\":null" }
            #expect(
                String(decoding: JSONWriter.write(.object(shuffled)), as: UTF8.self)
                    == "{\(expected.joined(separator: ","))}")
        }
    }

    @Test func `reading what was written gives the same value, for many values`() throws {
        for seed in 0..<300 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "values")
            let value = randomValue(&draws, depth: 4)
            let bytes = JSONWriter.write(value)
            let again = try JSONReader.read(bytes)
            #expect(JSONWriter.write(again) == bytes)
        }
    }

    private func randomValue(_ draws: inout CounterRNG, depth: Int) -> JSONValue {
        let scalars: [Unicode.Scalar] = ["a", "\"", "\\", "\n", "\u{1}", "é", "😂", "\u{2028}"]
        func text(_ draws: inout CounterRNG) -> String {
            var text = ""
            for _ in 0..<draws.below(6) { text.unicodeScalars.append(draws.pick(scalars) ?? "a") }
            return text
        }
        switch draws.below(depth > 0 ? 7 : 5) {
        case 0: return .null
        case 1: return .bool(draws.chance(0.5))
        case 2: return .integer(Int64(truncatingIfNeeded: draws.next()))
        case 3: return .number(draws.unit() * 1000)
        case 4: return .string(text(&draws))
        case 5:
            return .array((0..<draws.below(4)).map { _ in randomValue(&draws, depth: depth - 1) })
        default:
            return .object(
                (0..<draws.below(4)).map {
                    .init(key: "\($0)" + text(&draws), value: randomValue(&draws, depth: depth - 1))
                })
        }
    }

    @Test func `refuses what is not JSON, or is more than one meaning or the stack can bear`() {
        for text in [
            "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "01", "1.", ".5", "+1", "1e", "NaN",
            "Infinity", "1e999", "-", "tru", "\"", "\"\\x\"", "\"\\u12\"", "\"\u{1}\"", "1 2",
            "{\"a\":1,\"a\":2}", "\u{FEFF}1", "'a'", "// x\n1",
            String(repeating: "[", count: 200_000),
            String(repeating: "{\"a\":", count: 200_000),
        ] {
            #expect(read(text) == nil, "\(text.prefix(20))")
        }
        #expect((try? JSONReader.read([0x22, 0xFF, 0x22])) == nil)
        #expect(read("123456789012345678901234") == .number(1.2345678901234568e23))
        #expect(read(#""\ud83d\ude02 \ud83d x""#) == .string("😂 \u{FFFD} x"))
    }
}
