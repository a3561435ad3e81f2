import Testing

@testable import Remote

struct EmbeddedJSONTests {
    @Test(arguments: [
        (#"{"a":1}"#, [#"{"a":1}"#]), ("", []), ("no", []), ("{name} and [x]", []),
        ("Sure! Here it is:\n{\"a\": 1}\nHope it helps.", [#"{"a":1}"#]),
        ("Here:\n```json\n{\"a\": 1,}\n```\nDone.", [#"{"a":1}"#]),
        ("```{\"a\":1}```", [#"{"a":1}"#]),
        (#"<think>{"a":0}</think>{"a":1}"#, [#"{"a":1}"#]),
        (#"<THINK>hm {"a":0}</THINK> So: {"a":1}."#, [#"{"a":1}"#]),
        // A chat template may have opened the block.
        (#"maybe {"a":0} or not</think>{"a":1}"#, [#"{"a":1}"#]),
        (#"{"a":1}<think>was that right"#, [#"{"a":1}"#]),
        (#"<think>{"a":0}"#, []),
        (#"<reasoning>{"a":0}</reasoning><think>{"a":2}</think>[{"a":1}]"#, [#"[{"a":1}]"#]),
        (#"First {"a":1}, then {"b":2}."#, [#"{"a":1}"#, #"{"b":2}"#]),
        (#"The {set} is {"a":"}{\" ]"} here"#, [#"{"a":"}{\" ]"}"#]),
        (#"{ "a": {"b": 1 and then {"c":2}"#, [#"{"c":2}"#]),
        (#"{"\u0061":1}"#, [#"{"a":1}"#]),
        ("\u{FEFF}{\"a\":1}", [#"{"a":1}"#]),
        // The word stands in a text: nothing is cut.
        (#"{"a":"<think>x</think>"}"#, [#"{"a":"<think>x</think>"}"#]),
    ])
    func `documents are found alone, fenced, after reasoning and between sentences`(
        content: String, documents: [String]
    ) {
        #expect(EmbeddedJSON.documents(in: content) == documents)
    }

    @Test func `brackets without end take linear time and give nothing`() {
        for piece in ["{", "[", "{\"", "[{", "{\"a\":", "<think>{", "{}", "[1]"] {
            let content = "x " + String(repeating: piece, count: 300_000)
            #expect(EmbeddedJSON.documents(in: content).count <= EmbeddedJSON.mostDocuments)
        }
    }

    private func fit(_ documents: [String]) -> Result<String, Misfit> {
        Result { () throws(Misfit) in
            try AnswerFit.value(in: documents) { json throws(Misfit) in
                guard json.contains(#""a":"#), json.hasPrefix(#"{"a""#) else {
                    throw Misfit("no_a")
                }
                return json
            }
        }
    }

    @Test(arguments: [
        ([#"{"a":1}"#], #"{"a":1}"#), ([#"{"answer":{"a":1}}"#], #"{"a":1}"#),
        ([#"{"x":{"y":{"a":1}}}"#], #"{"a":1}"#), ([#"[{"a":1}]"#], #"{"a":1}"#),
        ([#"{"answer":"{\"a\":1}"}"#], #"{"a":1}"#), ([#""{\"a\":1}""#], #"{"a":1}"#),
        ([#"{"b":2}"#, #"{"a":1}"#], #"{"a":1}"#), ([#"{"a":1}"#, #"{"a":1}"#], #"{"a":1}"#),
        ([#"[{"b":2},{"a":1}]"#], #"{"a":1}"#),
    ])
    func `the one document that fits is taken, also out of what it is wrapped in`(
        documents: [String], value: String
    ) {
        #expect(fit(documents) == .success(value))
    }

    @Test(arguments: [
        ([], "not_json"), ([#"{"b":1}"#], "no_a"), ([#"{"a":1}"#, #"{"a":2}"#], "ambiguous"),
        ([#"[{"a":1},{"a":2}]"#], "ambiguous"), ([#"{"x":{"w":{"y":{"z":{"a":1}}}}}"#], "no_a"),
        ([#"{"b":2,"x":{"a":1}}"#], "no_a"), (["7"], "no_a"), (["null"], "no_a"),
    ])
    func `two that differ, too deep a wrapping and anything else do not fit`(
        documents: [String], code: String
    ) {
        #expect(fit(documents) == .failure(Misfit(code)))
    }
}
