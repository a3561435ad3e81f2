import Glibc
import Records

@testable import ModelServer

/// The repository's own grammars, read from the source tree.
let grammarFolder =
    #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/templates/grammars"

/// Read once: parsing 20 YAML files takes a while in debug builds.
private let shipped = Result { try GrammarLibrary(folder: grammarFolder) }

func shippedGrammars() throws -> GrammarLibrary { try shipped.get() }

/// A folder that is gone when the closure has returned.
@discardableResult
func withFolder<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws
    -> Result
{
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
    var pattern = Array("\(parent)/curate-server-XXXXXX".utf8CString)
    guard mkdtemp(&pattern) != nil else { throw Fault(.defect, "No folder could be made") }
    let folder = String(decoding: pattern.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        for name in files.keys { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }
    for (name, text) in files {
        let file = open("\(folder)/\(name)", O_CREAT | O_WRONLY, 0o600)
        let bytes = Array(text.utf8)
        _ = write(file, bytes, bytes.count)
        close(file)
    }
    return try body(folder)
}

func someLexicons() throws -> Lexicons {
    try withFolder([
        "spam.tsv": "# weight\tphrase\n0.7\tclick now\n0.4\tfree\n\n0.9\tlink in bio\r\n",
        "threats.tsv": "0.8\tI will hurt you\n0.3\tregret\n", "csam.tsv": "0.9\tcsam\n",
    ]) { try Lexicons(folder: $0) }
}

func prompt(_ lines: String...) -> String { lines.joined(separator: "\n") }

func chatBody(_ prompt: String, _ more: [(String, JSONValue?)] = []) -> JSONValue {
    let message = JSONValue.members([("role", .string("user")), ("content", .string(prompt))])
    return .members([("model", .string("any")), ("messages", .array([message]))] + more)
}

extension Responder {
    func chat(_ prompt: String, _ more: [(String, JSONValue?)] = []) -> Answer {
        answer(method: "POST", path: "/v1/chat/completions", body: chatBody(prompt, more).bytes)
    }
}

extension Answer {
    var choice: JSONValue? { body["choices"]?.array?.first }
    var content: String? { choice?["message"]?["content"]?.string }
    /// The texts of a generation reply; nil when the content is not the JSON asked for.
    var texts: [String]? {
        content.flatMap { JSONValue.parsed(Array($0.utf8)) }?["texts"]?.array?.compactMap(\.string)
    }
    var errorCode: String? { body["error"]?["code"]?.string }
}

extension JSONValue {
    static func parsed(_ bytes: [UInt8]) -> JSONValue? { try? JSONReader.read(bytes) }

    var bytes: [UInt8] { JSONWriter.write(self, order: .declared) }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
