internal import Records

extension Operator {
    /// One spelling for another of the same sound, from a list of rules.
    static let phonetic = Operator(
        "phonetic", .wording, "spelled as it sounds: foto, thru, stoopid", undo: .log,
        bounds: .whole(3...20, fold: 0.20).only(),
        .word { word, _, draws, draft in
            let lower = word.bytes[word.word.start..<word.word.end].map(\.lowered)
            var found: [(at: Int, rule: SoundRule)] = []
            for rule in SoundRule.all where rule.old.count <= lower.count {
                for at in 0...lower.count - rule.old.count where rule.fits(lower, at) {
                    found.append((at, rule))
                }
            }
            guard let (at, rule) = draws.pick(found) else { return }
            let start = word.word.start + at
            let model = word.bytes[start]
            draft.replace(
                start..<start + rule.old.count,
                with: rule.new.map { word.isShouted ? $0.inCase(of: model) : $0 })
        })
}

/// Letters that sound like others, and where.
///
/// Our own list; each keeps the word's sound, so no separate phonetic code has to be compared.
private struct SoundRule: Sendable {
    enum Place: Sendable {
        case anywhere, end, inside
    }

    let old: [UInt8]
    let new: [UInt8]
    let place: Place

    init(_ old: String, _ new: String, _ place: Place = .anywhere) {
        self.old = Array(old.utf8)
        self.new = Array(new.utf8)
        self.place = place
    }

    static let all = [
        SoundRule("ph", "f"), SoundRule("ck", "k"), SoundRule("qu", "kw"),
        SoundRule("ough", "uff", .end), SoundRule("augh", "aff", .end),
        SoundRule("ight", "ite", .end), SoundRule("ee", "ea", .inside),
        SoundRule("oo", "u", .inside), SoundRule("er", "a", .end), SoundRule("or", "er", .end),
        SoundRule("tion", "shun", .end), SoundRule("wh", "w"), SoundRule("ca", "ka"),
        SoundRule("co", "ko"), SoundRule("cu", "ku"), SoundRule("ce", "se"),
        SoundRule("ci", "si"), SoundRule("ss", "s", .end), SoundRule("ll", "l", .end),
        SoundRule("ou", "ow", .inside), SoundRule("ea", "ee", .inside),
        SoundRule("ai", "ay", .inside), SoundRule("x", "ks", .inside), SoundRule("ed", "d", .end),
        SoundRule("ing", "in", .end), SoundRule("ould", "ud", .end), SoundRule("kn", "n"),
        SoundRule("mb", "m", .end), SoundRule("se", "ze", .end), SoundRule("ies", "eez", .end),
    ]

    func fits(_ word: [UInt8], _ at: Int) -> Bool {
        let end = at + old.count
        switch place {
        case .anywhere: break
        case .end: if end != word.count || at == 0 { return false }
        case .inside: if at == 0 || end == word.count { return false }
        }
        return word[at..<end].elementsEqual(old)
    }
}
