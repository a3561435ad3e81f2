internal import Records

/// What every edited word must pass.
enum Gates {
    /// Names as they stand in a child's provenance.
    static let names = ["collision", "blocklist", "legibility"]

    /// The canonical distance between a word and what became of it; nil when the new one reads as
    /// another dictionary word or a blocklisted term, or lies further than `allowance`.
    static func check(
        old: [UInt8], new: [UInt8], _ settings: Perturber.Settings, allowance: Int?
    ) -> Int? {
        // First, because the canonical form has no spaces.
        if new.contains(0x20), partsCollide(new, settings) { return nil }
        let before = Fold.skeleton(old)
        let after = Fold.skeleton(new)
        if before == after { return 0 }
        if collides(after, before, settings) { return nil }
        let flatBefore = Fold.collapsed(before)
        let flatAfter = Fold.collapsed(after)
        let distance = EditDistance.between(flatBefore, flatAfter)
        if let allowance, distance > allowance { return nil }
        return distance
    }

    /// Whether a canonical word that differs from its origin is known, or blocklisted.
    static func collides(
        _ after: [UInt32], _ before: [UInt32], _ settings: Perturber.Settings
    ) -> Bool {
        let key = WordSet.key(ofLowered: after)
        if settings.dictionary.contains(key: key) || settings.stopWords.contains(key: key) {
            return true
        }
        if settings.blocklist.count == 0 { return false }
        if settings.blocklist.contains(key: WordSet.key(ofLowered: before)) { return false }
        return settings.blocklist.contains(key: key)
            || settings.blocklist.contains(key: WordSet.key(ofLowered: Fold.collapsed(after)))
    }

    /// Whether a word split by spaces reads as other words: all of its parts are known, or one of
    /// three letters or more is, or one is blocklisted.
    static func partsCollide(_ new: [UInt8], _ settings: Perturber.Settings) -> Bool {
        var known = 0
        let parts = new.split(separator: 0x20)
        for part in parts {
            let folded = Fold.skeleton(Array(part))
            let key = WordSet.key(ofLowered: folded)
            if settings.blocklist.contains(key: key) { return true }
            if settings.dictionary.contains(key: key) || settings.stopWords.contains(key: key) {
                if folded.count >= 3 { return true }
                known += 1
            }
        }
        return parts.count > 1 && known == parts.count
    }
}
