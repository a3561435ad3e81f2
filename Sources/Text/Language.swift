internal import CCLD2

/// The main language of a text, told by CLD2 (Compact Language Detector 2, Debian's `libcld2`).
///
/// Short texts are often unreliable: keep ``isReliable`` beside the code, and do not filter on the
/// code alone.
public struct Language: Sendable, Equatable {
    /// ISO 639-1 where it has one, else 639-2 or 639-3, with a script for Chinese (`zh-Hant`).
    public var code: String
    /// True when the detector trusts its own answer.
    public var isReliable: Bool
    /// How much of the text is in this language, 0…100.
    public var percent: Int

    /// The language of UTF-8 text; nil when it cannot tell, as for an empty text or numbers only.
    ///
    /// Safe from any thread. Looks at the first MiB; text that is not UTF-8 gets no answer.
    public static func detect(_ text: UnsafeRawBufferPointer) -> Language? {
        let bytes = text.bindMemory(to: CChar.self)
        let answer = ccld2_detect(bytes.baseAddress, bytes.count)
        guard let code = answer.code.map({ String(cString: $0) }), code != "un" else { return nil }
        return Language(
            code: code, isReliable: answer.reliable != 0, percent: Int(answer.percent))
    }

    public static func detect(_ text: [UInt8]) -> Language? {
        text.withUnsafeBytes { detect($0) }
    }

    public static func detect(_ text: String) -> Language? {
        var text = text
        return text.withUTF8 { detect(UnsafeRawBufferPointer($0)) }
    }
}
