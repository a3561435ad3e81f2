import Foundation
import Records
import Synchronization
import Testing

struct JSONParserTests {
    private static func why(_ document: String) -> String? {
        var parser = JSONParser()
        do throws(Fault) {
            try parser.children(of: Array(document.utf8)) { _ in }
            return nil
        } catch {
            return error.why ?? error.what
        }
    }

    @Test(arguments: [
        "nan", "nul", "none", "n", "nil", "NaN", "Infinity", "-Infinity", "-inf", "None", "True",
        "undefined", "tru", "falsey", "nulll", "truee", "0x1", "1.", ".5", "+1", "01", "-", "1e",
        "1e+", "--1", "'a'", "1 2", "a", "NULL", "\\", "\u{1}", "-nan", "1.5.5", "n,", "\"\\q\"",
        "\"\\ud800\"",
    ])
    func `what is no value is refused wherever it stands, and ends no process`(token: String) {
        for around in [
            ("[", "]"), ("{\"a\":", "}"), ("[1,", "]"), ("{\"m\":[", ",2]}"), ("[[[", "]]]"),
            ("{\"m\":{\"a\":", "},\"b\":1}"), ("[ ", "\n]"), ("{\"a\":{\"b\":[null,", "]}}"),
        ] {
            #expect(Self.why(around.0 + token + around.1) != nil)
        }
    }

    @Test(arguments: ["NaN", "nan", "Infinity", "-Infinity", "inf", "None", "True", "undefined"])
    func `words of other languages are named, at every depth`(word: String) {
        for document in ["[\(word)]", "{\"a\":\(word)}", "{\"a\":[{\"b\":\(word)}]}"] {
            #expect(Self.why(document)?.contains("`\(word)`") == true)
        }
        // Of any other word nothing is repeated.
        #expect(Self.why("{\"a\":secret}")?.contains("secret") == false)
    }

    @Test func `numbers of any size and precision keep their bytes`() throws {
        let numbers = [
            "1e400", "-1e400", "1E+2", "-0.0", "9007199254740993", "123456789012345678901234567890",
            "0.1000", "1e-999", "0", "-0", "0e0", String(repeating: "9", count: 5_000),
        ]
        let document = "{\"a\":[" + numbers.joined(separator: " ,") + "],\"b\":1e999 }"
        var parser = JSONParser()
        var nested = JSONParser()
        try parser.children(of: Array(document.utf8)) { fields throws(Fault) in
            #expect(String(decoding: fields[1].raw, as: UTF8.self) == "1e999")
            try nested.children(of: Array(fields[0].raw)) { children in
                #expect(children.map { String(decoding: $0.raw, as: UTF8.self) } == numbers)
            }
        }
    }

    @Test func `nesting is read up to the limit, on a small stack, and refused beyond`() throws {
        @Sendable func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            "{\"m\":" + String(repeating: open, count: depth - 1) + "1"
                + String(repeating: close, count: depth - 1) + "}"
        }
        let results = try onSmallStack {
            [JSONParser.deepest, JSONParser.deepest + 1, 2_000, 100_000, 1_000_000].map { depth in
                [("[", "]"), ("{\"k\":", "}"), ("[{\"k\":", "}]")].map { open, close in
                    Self.why(nested(open.count > 5 ? depth / 2 : depth, open, close))
                }
            }
        }
        #expect(results[0].allSatisfy { $0 == nil })
        #expect(results[1][..<2].allSatisfy { $0?.contains("1024") == true })
        #expect(results[2...].joined().allSatisfy { $0?.contains("1024") == true })
        var flat = JSONParser(deepest: 1)
        var other = JSONParser(deepest: 2)
        #expect(throws: Fault.self) { try flat.children(of: Array("[{}]".utf8)) { _ in } }
        try flat.children(of: Array("{\"a\":1}".utf8)) { _ in }
        try other.children(of: Array("[{}]".utf8)) { _ in }
        // Without their closing brackets too.
        let torn = try onSmallStack {
            ["[", "{\"k\":"].map { Self.why(String(repeating: $0, count: 200_000)) }
        }
        #expect(torn.allSatisfy { $0 != nil })
    }

    @Test func `doubled keys are found at every depth, however they are written`() throws {
        var parser = JSONParser(findsDoubledKeys: true)
        func isDoubled(_ document: String) throws -> Bool {
            try parser.children(of: Array(document.utf8)) { $0.hasDoubledKey }
        }
        let many = (0..<40).map { "\"k\($0)\":1" }.joined(separator: ",")
        for object in [
            "{\"a\":1,\"a\":2}", "{\"a\":1,\"b\":2,\"\\u0061\":3}", "{\(many),\"k7\":2}",
            "{\"a\":{\"b\":1},\"a\":{\"b\":1}}", "{\"\":1,\"\":1}",
        ] {
            #expect(try isDoubled(object))
            #expect(try isDoubled("[[\(object)]]") && isDoubled("{\"x\":[1,\(object)],\"y\":{}}"))
        }
        for object in ["{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}", "{\(many)}", "{}"] {
            #expect(try !isDoubled(object) && !isDoubled("[\(object),\(object)]"))
        }
        // A document without them, after one with them.
        #expect(try isDoubled("{\"a\":1,\"a\":1}") && !isDoubled("{\"a\":1}"))
    }

    @Test func `valid is what Foundation finds valid, for many seeds`() {
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"k\":", "1", "-2.5e3", "null", "nul", "true",
            " ", "\n", "\"\\n\"", "nan", "\"", "{\"a\":1}", "[1,2]", "0", "1.", "\\",
        ]
        for seed in 0..<4_000 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "json")
            var text = draws.chance(0.5) ? "[" : "{\"x\":"
            for _ in 0..<draws.below(8) { text += draws.pick(pieces) ?? "" }
            text += text.hasPrefix("[") ? "]" : "}"
            let isValid = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) != nil
            // Foundation takes commas at the end of arrays and objects, RFC 8259 does not.
            let hasLooseComma = text.contains(/,\s*[\]}]/)
            if hasLooseComma { continue }
            #expect((Self.why(text) == nil) == isValid, "\(text)")
        }
    }
}

/// What the body gives on a thread whose stack is 128 KiB, a quarter of a worker's.
func onSmallStack<Value: Sendable>(_ body: @escaping @Sendable () -> Value) throws -> Value {
    let holder = Holder<Value>()
    let isDone = DispatchSemaphore(value: 0)
    let thread = Thread {
        holder.value.withLock { $0 = body() }
        isDone.signal()
    }
    thread.stackSize = 128 << 10
    thread.start()
    isDone.wait()
    return try #require(holder.value.withLock { $0 })
}

private final class Holder<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
