package import Prompts
internal import Records
package import Remote

/// Between templates, schemas and the chat client.
package enum Prompting {
    package static func messages(_ messages: [Message]) -> [ChatMessage] {
        messages.map { message in
            switch message.role {
            case .system: ChatMessage(.system, message.content)
            case .user: ChatMessage(.user, message.content)
            case .assistant: ChatMessage(.assistant, message.content)
            }
        }
    }

    /// A prompt as a person reads it.
    package static func text(_ messages: [Message]) -> String {
        messages.map { "[\($0.role.rawValue)]\n\($0.content)" }.joined(separator: "\n\n")
    }

    /// A category's definition for a prompt, without its border rules.
    package static func exclusions(_ texts: [String]) -> PromptValue? {
        texts.isEmpty ? nil : .text(texts.joined(separator: " "))
    }
}

/// A JSON array of strings.
package func jsonArray(_ strings: [String]) -> String {
    var bytes: [UInt8] = [UInt8(ascii: "[")]
    for (index, string) in strings.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        JSONText.append(string, to: &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
    return String(decoding: bytes, as: UTF8.self)
}
