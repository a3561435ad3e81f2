internal import Pipeline
internal import Records
internal import Text

/// What is done to every text on its way in.
struct TextRules: Sendable {
    /// The kinds of personal data, as settings name them.
    enum Mask: String, CaseIterable, Sendable {
        case email, phone, card, ip, url, handle

        var kind: PersonalData.Kind {
            switch self {
            case .email: .email
            case .phone: .phone
            case .card: .card
            case .ip: .ip
            case .url: .url
            case .handle: .handle
            }
        }
    }

    enum Unreliable: String, CaseIterable, Sendable {
        case keep, refuse
    }

    /// What was repaired, in characters.
    struct Changes {
        var replaced = 0
        var controls = 0
    }

    /// What a text became.
    struct Prepared {
        /// Well-formed, before anything a setting asked for: what an identifier is derived from.
        var content = ""
        var text = ""
        var changes = Changes()
        var entities = 0
        var masked: PersonalData.Counts?
        var language: Language?
        var refusal: Refusal?
    }

    private let decodesEntities: Bool
    private let mask: PersonalData?
    private let tagsLanguage: Bool
    /// The languages that are kept; empty keeps all.
    private let languages: [String]
    private let unreliable: Unreliable
    private let minimum: Int
    private let maximum: Int?

    init(_ settings: SettingsReader) {
        decodesEntities = settings.flag(
            "html_entities", false, help: "Turn `&amp;`, `&#39;` and their like into characters.")
        let kinds = settings.choices(
            "mask", [Mask](), help: "Personal data that becomes a placeholder such as [EMAIL].")
        mask = kinds.isEmpty ? nil : PersonalData(kinds: kinds.map(\.kind))
        let language = settings.strings(
            "language", ["off"],
            help: "`off`, `tag` to note each text's language, or the codes of those to keep.")
        tagsLanguage = language != ["off"] && !language.isEmpty
        languages = tagsLanguage && language != ["tag"] ? language : []
        for code in languages where !Self.isCode(code) {
            settings.fault(
                "language", "`\(code)` is not a language's code",
                hint: "codes are like en, de or zh-Hant; `off` and `tag` stand alone")
        }
        unreliable = settings.choice(
            "language_unreliable", .keep,
            help: "What becomes of texts whose language is not told reliably, where some are kept.")
        minimum = settings.integer(
            "min_characters", 0, in: 0...Int.max, help: "The shortest text, in code points.")
        maximum = settings.optionalInteger(
            "max_characters", in: 1...Int.max, help: "The longest text, in code points.")
        if let maximum, maximum < minimum {
            settings.fault("max_characters", "`max_characters` is below `min_characters`")
        }
    }

    private static func isCode(_ code: String) -> Bool {
        let parts = code.split(separator: "-", omittingEmptySubsequences: false)
        guard let first = parts.first, (2...3).contains(first.utf8.count), code != "off" else {
            return false
        }
        return parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { (97...122).contains($0 | 0x20) }
        }
    }

    /// Makes a text well-formed, does what the settings ask for and judges the result.
    func prepare(_ bytes: [UInt8]) -> Prepared {
        var prepared = Prepared()
        var (bytes, changes) = WellFormed.repair(bytes)
        prepared.changes = Changes(replaced: changes.replaced, controls: changes.controls)
        prepared.content = String(decoding: bytes, as: UTF8.self)
        var isChanged = false
        if decodesEntities {
            let decoded = HTMLEntities.decode(bytes)
            if decoded.count > 0 {
                bytes = WellFormed.repair(decoded.bytes).bytes
                prepared.entities = decoded.count
                isChanged = true
            }
        }
        if let mask {
            let masked = mask.mask(bytes)
            if masked.counts.total > 0 {
                bytes = masked.bytes
                prepared.masked = masked.counts
                isChanged = true
            }
        }
        prepared.text = isChanged ? String(decoding: bytes, as: UTF8.self) : prepared.content
        prepared.refusal = judge(bytes, &prepared)
        return prepared
    }

    private func judge(_ bytes: [UInt8], _ prepared: inout Prepared) -> Refusal? {
        if isBlank(bytes) { return Refusal("empty_text") }
        if minimum > 0 || maximum != nil {
            let count = prepared.text.unicodeScalars.count
            if count < minimum { return Refusal("too_short", score: Double(count)) }
            if let maximum, count > maximum { return Refusal("too_long", score: Double(count)) }
        }
        guard tagsLanguage else { return nil }
        let language = Language.detect(bytes)
        prepared.language = language
        if languages.isEmpty { return nil }
        guard let language, language.isReliable else {
            return unreliable == .refuse ? Refusal("language", detail: "not reliable") : nil
        }
        let isWanted = languages.contains {
            language.code == $0 || language.code.hasPrefix($0 + "-")
        }
        return isWanted ? nil : Refusal("language", detail: language.code)
    }

    /// Whether there is nothing but white space, in ASCII or outside it.
    private func isBlank(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first(where: { $0 > 0x20 }) else { return true }
        if first < 0x80 { return false }
        return String(decoding: bytes, as: UTF8.self).unicodeScalars.allSatisfy {
            $0.properties.isWhitespace
        }
    }
}
