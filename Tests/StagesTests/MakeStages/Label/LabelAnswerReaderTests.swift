import Pipeline
import Records
import Remote
import Testing

@testable import MakeStages

struct LabelAnswerReaderTests {
    private func reader(
        _ ids: [String] = ["spam", "self_harm"], isSingle: Bool = false,
        needsConfidence: Bool = false
    ) -> LabelAnswerReader {
        LabelAnswerReader(
            space: LabelSpace(
                taxonomy: Taxonomy(
                    name: "t", isSingleLabel: isSingle, categories: ids.map { Category(id: $0) })),
            attributes: [("mood", ["good", "very bad"]), ("topic", [])],
            needsConfidence: needsConfidence)
    }

    @Test(arguments: [
        #"{"labels":{"spam":1,"self_harm":0}}"#, #"{"labels":{"spam":true,"self_harm":false}}"#,
        #"{"labels":{"spam":"1","self_harm":"0"}}"#, #"{"labels":{"spam":"Yes","self_harm":"no"}}"#,
        #"{"labels":{"spam":" TRUE ","self_harm":"False"}}"#,
        #"{"labels":{"spam":1.0,"self_harm":0.0}}"#, #"{"labels":{"SPAM":1,"Self-Harm":0}}"#,
        #"{"labels":{" spam ":1,"self harm":0}}"#, #"{"Labels":{"spam":1,"self_harm":0}}"#,
        #"{"labels":{"sp\u0061m":1,"self_harm":0}}"#, #"{"labels":["spam"]}"#,
        #"{"labels":["Spam","spam"]}"#, #"["spam"]"#, #"{"spam":1,"self_harm":0}"#,
        #"{"spam":1,"self_harm":0,"confidence":0.5,"reason":"an advertisement"}"#,
        #"{"labels":[{"category":"spam","value":1},{"category":"self_harm","value":0}]}"#,
        #"{"labels":[{"id":"spam","label":"yes","score":1},{"id":"self_harm","label":"no"}]}"#,
        #"{"labels":[{"spam":1},{"self_harm":0}]}"#,
        #"{"labels":{"spam":{"value":1,"reason":"ads"},"self_harm":{"value":0}}}"#,
        #"{"categories":{"spam":1,"self_harm":0},"confidence":1}"#,
        // A category of the model's own that does not hold says nothing.
        #"{"labels":{"spam":1,"self_harm":0,"other":0}}"#,
        #"{"labels":{"spam":1,"SPAM":1,"self_harm":0}}"#,
    ])
    func `what can only mean one thing is taken`(json: String) throws {
        #expect(try reader().read(json).labels == ["spam": true, "self_harm": false])
    }

    @Test(arguments: [
        (#"{"labels":{"spam":1}}"#, "category_missing"), (#"{"labels":{}}"#, "category_missing"),
        (#"{"labels":{"spam":1,"self_harm":0,"other":1}}"#, "category_unknown"),
        (#"{"labels":{"spam":0.9,"self_harm":0}}"#, "label_value"),
        (#"{"labels":{"spam":"90%","self_harm":0}}"#, "label_value"),
        (#"{"labels":{"spam":null,"self_harm":0}}"#, "label_value"),
        (#"{"labels":{"spam":"maybe","self_harm":0}}"#, "label_value"),
        (#"{"labels":{"spam":1,"SPAM":0,"self_harm":0}}"#, "category_twice"),
        (#"{"labels":[]}"#, "labels_form"), (#"{"labels":["spam","self_harm"]}"#, "labels_form"),
        (#"{"labels":["spam",1]}"#, "labels_form"), (#"{"labels":["ads"]}"#, "category_unknown"),
        (#"{"labels":"spam"}"#, "labels_form"), (#"{"labels":1}"#, "labels_form"),
        (#"{"labels":[{"category":"spam","confidence":1}]}"#, "label_value"),
        (#"{"labels":[{"a":1,"b":2}]}"#, "labels_form"), (#"{"label":null}"#, "labels_form"),
        ("{}", "no_labels"), (#"{"confidence":1}"#, "no_labels"), ("7", "form"), ("null", "form"),
        (#"{"spam":1,"self_harm":0,"insult":1}"#, "category_unknown"),
    ])
    func `everything else does not fit, with its reason`(json: String, code: String) {
        #expect(throws: Misfit(code)) { try reader().read(json) }
    }

    @Test(arguments: [
        ("0", 0.0), ("1", 1), ("0.95", 0.95), ("95", 0.95), ("100", 1), (#""95%""#, 0.95),
        (#"" 0.5 ""#, 0.5), (#""95""#, 0.95), (#""1 %""#, 0.01), (#""0%""#, 0),
    ])
    func `a confidence is a share of 1 or a percentage`(text: String, share: Double) throws {
        let answer = try reader().read(
            #"{"labels":{"spam":1,"self_harm":0},"confidence":\#(text)}"#)
        #expect(answer.confidence == share && !answer.hasUnreadConfidence)
    }

    @Test(arguments: [
        "-0.1", "1.5", "7", "101", "1e15", "null", #""high""#, #""120%""#, "[]", #""nan""#,
        #""inf""#, "true", #""""#,
    ])
    func `any other confidence is unknown, never 0, and asked again where it decides`(
        text: String
    ) throws {
        let json = #"{"labels":{"spam":1,"self_harm":0},"confidence":\#(text)}"#
        let answer = try reader().read(json)
        #expect(answer.confidence == nil && answer.hasUnreadConfidence)
        #expect(!answer.reaches(0.1) && answer.reaches(0))
        #expect(throws: Misfit("confidence")) { try reader(needsConfidence: true).read(json) }
    }

    @Test func `a single label may be named alone, and none or two do not fit`() throws {
        let reader = reader(["spam", "ham"], isSingle: true)
        for json in [
            #"{"label":"spam"}"#, #"{"labels":"Spam"}"#, #"{"labels":["spam"]}"#,
            #"{"labels":{"spam":1,"ham":0}}"#,
        ] {
            #expect(try reader.read(json).labels == ["spam": true, "ham": false])
        }
        for json in [#"{"labels":{"spam":1,"ham":1}}"#, #"{"labels":{"spam":0,"ham":0}}"#] {
            #expect(throws: Misfit("not_single")) { try reader.read(json) }
        }
    }

    @Test func `names that differ by spelling alone have to be spelt`() throws {
        let reader = reader(["self_harm", "self-harm"])
        let exact = try reader.read(#"{"labels":{"self_harm":1,"self-harm":0}}"#)
        #expect(exact.labels == ["self_harm": true, "self-harm": false])
        #expect(throws: Misfit("category_unknown")) {
            try reader.read(#"{"labels":{"Self Harm":1,"self-harm":0}}"#)
        }
    }

    @Test func `categories may be called like the frame of an answer`() throws {
        let reader = reader(["labels", "confidence"])
        let answer = try reader.read(#"{"labels":1,"confidence":0}"#)
        #expect(answer.labels == ["labels": true, "confidence": false])
    }

    @Test func `attributes are taken from their list in any spelling, and left out otherwise`()
        throws
    {
        let answer = try reader().read(
            #"{"labels":["spam"],"attributes":{"Mood":"VERY-BAD","topic":"cars","x":1}}"#)
        #expect(answer.attributes == ["mood": "very bad", "topic": "cars"])
        let none = try reader().read(#"{"labels":["spam"],"attributes":{"mood":"fine","topic":3}}"#)
        #expect(none.attributes.isEmpty)
    }
}
