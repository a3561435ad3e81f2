import Records
import Testing

@testable import ModelServer

struct GenerationTests {
    private let responder: Responder

    init() throws {
        responder = Responder(.init(seed: 7, grammars: try shippedGrammars()))
    }

    @Test(arguments: ["positives", "hard_negatives", "few_shot"])
    func `every category is answered with the number of different texts asked for`(task: String) {
        for category in writable + ["hate", "violence", "Bullying", "self-harm"] {
            let answer = responder.chat(
                prompt("Task: \(task)", "Category: \(category)", "Count: 6"))
            #expect(answer.status == 200)
            #expect(answer.texts.map { Set($0).count } == 6)
            #expect(answer.choice?["finish_reason"]?.string == "stop")
            #expect(answer.body["model"]?.string?.contains("not a language model") == true)
        }
    }

    @Test func `what the prompt asks for is kept, over many requests`() {
        for variation in 0..<20 {
            let answer = responder.chat(
                prompt(
                    "Task: positives", "Category: spam, harassment", "Count: 8",
                    "Topic: a lost umbrella", "Must contain: turnip", "Must not contain: Click",
                    "Platform: [ADULT][MESSAGE]", "Level: plain", "Variation: \(variation)"))
            let texts = answer.texts ?? []
            #expect(texts.count == 8)
            for text in texts {
                #expect(text.hasPrefix("[ADULT][MESSAGE] "))
                #expect(text.contains("turnip"))
                #expect(!text.lowercased().contains("click"))
            }
        }
    }

    @Test func `impossible conditions give fewer texts, not wrong ones`() {
        let answer = responder.chat(
            prompt("Task: innocuous", "Count: 3", "Must contain: tea", "Must not contain: tea"))
        #expect(answer.status == 200)
        #expect(answer.texts == [])
    }

    @Test func `writing levels change the words and leave placeholders alone`() {
        var draws = CounterRNG(seed: 1, purpose: "level")
        let text = "You can't pay [NAME] because of people."
        #expect(
            WritingLevel.apply("texting, with abbreviations", to: text, &draws)
                == "u can't pay [NAME] cuz of ppl.")
        #expect(
            WritingLevel.apply("careful and formal", to: text, &draws)
                == "You cannot pay [NAME] because of people.")
        #expect(
            WritingLevel.apply("all lower case", to: text, &draws)
                == "you can't pay [NAME] because of people.")
        #expect(WritingLevel.apply("plain", to: text, &draws) == text)
    }

    @Test(arguments: [
        "csam", "CSAM", "sexual/minors", "sexual_minors", "Sexual Minors", "spam, csam",
        "child sexual abuse", "minors",
    ])
    func `denied categories are refused in every task`(category: String) {
        for task in ["positives", "few_shot", "hard_negatives"] {
            let answer = responder.chat(
                prompt("Task: \(task)", "Category: \(category)", "Count: 5"))
            #expect(answer.status == 200)
            #expect(answer.content == nil)
            #expect(answer.choice?["finish_reason"]?.string == "content_filter")
            #expect(answer.choice?["message"]?["refusal"]?.string?.isEmpty == false)
        }
    }

    @Test(arguments: [
        "Topic: high school students", "Narrator: a teen", "Must contain: 15yo",
        "Topic: a 16 year old", "Kind: a note to a child",
    ])
    func `a minor among the ingredients of a sexual category is refused`(line: String) {
        let refused = responder.chat(prompt("Task: positives", "Category: adult_content", line))
        #expect(refused.choice?["finish_reason"]?.string == "content_filter")
        let spam = responder.chat(prompt("Task: positives", "Category: spam", line))
        #expect(spam.texts?.count == 1)
    }

    @Test func `an unknown category, task or a plain chat is a clear error`() {
        let unknown = responder.chat(prompt("Task: positives", "Category: weather"))
        #expect(unknown.status == 400 && unknown.errorCode == "unknown_category")
        #expect(responder.chat("Task: poem").errorCode == "unknown_task")
        #expect(responder.chat("Write me a poem").errorCode == "unknown_task")
        #expect(responder.chat("Task: positives").errorCode == "missing_category")
    }

    @Test func `equal requests get equal bytes, whatever their order, spacing or transport fields`()
    {
        let text = prompt("Task: positives", "Category: threats", "Count: 5")
        let one = responder.chat(text)
        let escaped = text.split(separator: "\n").joined(separator: "\\n")
        let body = """
            { "user" : "u", "messages":[{"content":"\(escaped)",
            "role":"user"}],"metadata":{"a":"b"}, "model":"any","stream":false}
            """
        let two = responder.answer(
            method: "POST", path: "/v1/chat/completions", body: Array(body.utf8))
        #expect(one.body.bytes == two.body.bytes)
        #expect(one.body.bytes != responder.chat(text + "\nVariation: 2").body.bytes)
        #expect(one.texts != responder.chat(text, [("temperature", .number(0.5))]).texts)
        #expect(responder.chat(text, [("n", .integer(3))]).body["choices"]?.array?.count == 3)
    }

    @Test func `another seed gives other texts`() throws {
        let other = Responder(.init(seed: 8, grammars: try shippedGrammars()))
        let text = prompt("Task: innocuous", "Count: 5")
        #expect(responder.chat(text).texts != other.chat(text).texts)
    }

    @Test func `a token limit cuts the reply and says so; usage adds up`() {
        let text = prompt("Task: innocuous", "Count: 20")
        let answer = responder.chat(text, [("max_tokens", .integer(10))])
        #expect(answer.choice?["finish_reason"]?.string == "length")
        let usage = answer.body["usage"]
        #expect(usage?["prompt_tokens"]?.integer == Usage.tokens(text))
        let completion = usage?["completion_tokens"]?.integer ?? 99
        #expect(completion <= 10 && completion > 0)
        #expect(usage?["total_tokens"]?.integer == Usage.tokens(text) + completion)
        #expect(Usage.tokens("") == 0 && Usage.tokens("a bcde fghij") == 4)
    }
}
