internal import FoundationEssentials
internal import Normalization
internal import Records

/// Reads "normalizer" of tokenizer.json.
enum NormalizerReader {
    /// Models' own files stay below a few hundred; some lines of a hostile one would fill any
    /// memory with a text of one letter.
    private static let largestGrowth = 5_000

    static func steps(_ field: DescriptionField) throws(Fault) -> [Normalizer.Step] {
        let steps = try parts(field)
        var growth = 1
        for step in steps where growth <= largestGrowth {
            growth *= min(step.growth, largestGrowth + 1)
        }
        if growth <= largestGrowth { return steps }
        throw Fault(
            .configuration,
            "this encoder does not support '\(field.name)' making a text more than "
                + "\(largestGrowth) times as long", at: .file(field.path))
    }

    private static func parts(_ field: DescriptionField) throws(Fault) -> [Normalizer.Step] {
        if field.isNull { return [] }
        let type = field["type"]
        switch try type.string() {
        case "Sequence":
            var steps: [Normalizer.Step] = []
            for part in try field["normalizers"].elements() { steps += try parts(part) }
            return steps
        case "BertNormalizer": return [.bert(try cleaning(field))]
        case "Lowercase": return [.lowercase]
        case "StripAccents": return [.stripMarks]
        case "Strip":
            return [
                .strip(
                    left: try field["strip_left"].flag(or: true),
                    right: try field["strip_right"].flag(or: true))
            ]
        case "Prepend": return [.prepend(Array(try field["prepend"].string().utf8))]
        case "Replace": return [.replace(try replacement(field))]
        case "Precompiled":
            let map = field["precompiled_charsmap"]
            // sentencepiece's identity has no map.
            if try map.string().isEmpty { return [] }
            guard let bytes = Data(base64Encoded: try map.string()),
                let map = CharacterMap(Array(bytes))
            else { throw map.unsupported() }
            return [.precompiled(map)]
        case let name:
            guard let form = NormalForm(rawValue: name) else { throw type.unsupported() }
            return [.form(form)]
        }
    }

    private static func cleaning(_ field: DescriptionField) throws(Fault) -> BertCleaning {
        let lowercases = try field["lowercase"].flag(or: true)
        return BertCleaning(
            cleans: try field["clean_text"].flag(or: true),
            spacesChinese: try field["handle_chinese_chars"].flag(or: true),
            stripsAccents: try field["strip_accents"].flag(or: lowercases),
            lowercases: lowercases)
    }

    private static func replacement(_ field: DescriptionField) throws(Fault) -> Replacement {
        let content = Array(try field["content"].string().utf8)
        let text = field["pattern"]["String"]
        if !text.isNull {
            let bytes = Array(try text.string().utf8)
            if bytes.isEmpty { throw text.unsupported() }
            return Replacement(pattern: .text(bytes), content: content)
        }
        let expression = field["pattern"]["Regex"]
        guard let pattern = Replacement.pattern(expression: try expression.string()) else {
            throw expression.unsupported()
        }
        return Replacement(pattern: pattern, content: content)
    }
}
