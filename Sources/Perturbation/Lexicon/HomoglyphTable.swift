/// Look-alikes of the Latin letters, our own selection (Unicode's confusables rank no legibility).
///
/// Tier A: drawn alike in common fonts. Tier B: near-identical, from another script or an extension
/// of Latin. Tier C: styles that NFKC removes, found by arithmetic.
enum HomoglyphTable {
    static let version = 1

    enum Tier: Int, Sendable {
        case a, b, c
    }

    struct Entry: Sendable {
        let letter: UInt8
        let scalar: UInt32
        let script: String
        let tier: Tier
    }

    /// Rows of script, tier and pairs of letter and look-alike.
    private static let rows: [(script: String, tier: Tier, pairs: String)] = [
        (
            "Cyrillic", .a,
            "aаcсdԁeеhһiіjјlӏoоpрqԛsѕwԝxхyуAАBВCСEЕHНIІJЈKКMМOОPРSЅTТXХYҮ"
        ),
        ("Greek", .a, "oοAΑBΒEΕHΗIΙKΚMΜNΝOΟPΡTΤXΧYΥZΖ"),
        ("Armenian", .a, "oօ"),
        ("Cyrillic", .b, "kкmмrгtтbЬ"),
        ("Greek", .b, "aαiιkκnηpρuυvνwωyγ"),
        ("Armenian", .b, "gցhհnոqզuս"),
        ("Latin", .b, "aɑfƒgɡiıtŧlłoøbƀ"),
    ]

    static let entries: [Entry] = rows.flatMap { row in
        let scalars = Array(row.pairs.unicodeScalars)
        return stride(from: 0, to: scalars.count - 1, by: 2).map { at in
            Entry(
                letter: UInt8(truncatingIfNeeded: scalars[at].value),
                scalar: scalars[at + 1].value, script: row.script, tier: row.tier)
        }
    }

    /// The look-alikes of each ASCII byte up to a tier, in the order of the table.
    private static let byTier: [[[UInt32]]] = [Tier.a, .b, .c].map { tier in
        (0..<128).map { byte in
            var found = entries.filter { $0.letter == byte && $0.tier.rawValue <= tier.rawValue }
                .map(\.scalar)
            if tier == .c {
                found = [FancyFonts.fullwidth, .sans, .monospace].compactMap {
                    $0.styled(UInt8(byte))
                }
            }
            return found
        }
    }

    static func lookalikes(of letter: UInt8, tier: Tier) -> [UInt32] {
        letter < 128 ? byTier[tier.rawValue][Int(letter)] : []
    }
}
