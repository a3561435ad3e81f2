/// Letters of other scripts that are drawn like a Latin letter.
///
/// The single letters of Unicode's `confusables.txt` (Unicode Technical Standard 39, "Unicode
/// Security Mechanisms") whose target is an ASCII letter, without those that NFKC or the removal
/// of marks settles, and the small capitals and lower-case forms that such lists leave out.
/// `1` stands for what may be read as i or as l.
enum ConfusableLetters {
    /// A Latin letter and, in lower case where they have case, what looks like it.
    private static let rows: [(letter: Character, lookalikes: String)] = [
        ("1", "ǀіӏ"),
        ("a", "ɑαаᎪᗅᴀꓮ𐊠𖽀"),
        ("b", "ƀƄʙвьᏏᏴᑲᖯᗷꓐꞴ𐊂𐊡𐌁"),
        ("c", "сᏟᴄⲤⲥꓚꮯ𐊢𐌂𐐕𐐽𐔜"),
        ("d", "đԁᎠᏧᑯᗞᗪᴅꓒꓓ"),
        ("e", "еҽᎬᴇⴹꓰꬲ𐊆𑢦𑢮"),
        ("f", "ƒքᖴẝꓝꜰꞘꞙꬵ𐊇𐊥𐔥𑢢𑣂"),
        ("g", "ƍɡɢԍցᏀᏳᶃꓖ"),
        ("h", "ħʜнһհᎻᏂᕼⲎꓧ𐋏"),
        ("i", "ıɩɪιᎥꙇꭵ𑣃"),
        ("j", "ϳјᎫᒍᴊꓙꞲ"),
        ("k", "κкᏦᛕᴋⲔꓗ𐔘"),
        ("l", "łƖʟᏞᒪᛁⲒⳐⵏꓡꓲ𐊊𐌉𐐛𐔦𑢣𑢲𖼖𖼨"),
        ("m", "мᎷᗰᛖᴍⲘꓟ𐊰𐌑"),
        ("n", "ɴηոռⲚꓠ𐔓"),
        ("o", "øοσоօଠဝჿᴏᴑⲞⲟⵔꓳꬽ𐊒𐊫𐐄𐐬𐓂𐓪𐔖𑢵𑣈𑣗"),
        ("p", "ρрᏢᑭᴘⲢⲣꓑ𐊕"),
        ("q", "ǫԛգզⵕ"),
        ("r", "ƦʀгᎡᏒᖇᴦⲅꓣꭇꭈꮁ𐒴𖼵"),
        ("s", "ƽѕտᏕᏚꓢꜱꮪ𐊖𐐠𐑈𑣁𖼺"),
        ("t", "ŧтᎢᴛⲦꓔ𐊗𐊱𐌕𑢼𖼊"),
        ("u", "ʋυսᑌᴜꓴꞟꭎꭒ𐓎𐓶𑢸𑣘𖽂"),
        ("v", "νѵᏙᐯᴠⴸꓦꛟꮩ𐔝𑜆𑢠𑣀𖼈"),
        ("w", "ɯωѡԝաᎳᏔᴡꓪꮃ𑜊𑜎𑜏"),
        ("x", "хᕁᕽᚷⲬⵝꓫꞳ𐊐𐊴𐌗𐔧"),
        ("y", "ɣʏγуүყᎩᎽᶌỿⲨꓬꭚ𐊲𑢤𑣜𖽃"),
        ("z", "Ꮓᴢꓜꮓ𑢩𑣄"),
    ]

    /// Greek capitals look like other Latin letters than their lower-case forms do.
    private static let greekCapitals = "ΑaΒbΕeΖzΗhΙ1ΚkΜmΝnΟoΡpΤtΥyΧx"

    private static let letters: [UInt32: UInt32] = {
        var found: [UInt32: UInt32] = [:]
        for (letter, lookalikes) in rows {
            for lookalike in lookalikes.unicodeScalars {
                found[lookalike.value] = letter.unicodeScalars.first?.value
            }
        }
        return found
    }()

    private static let capitals: [UInt32: UInt32] = {
        let scalars = greekCapitals.unicodeScalars.map(\.value)
        return stride(from: 0, to: scalars.count, by: 2).reduce(into: [:]) {
            $0[scalars[$1]] = scalars[$1 + 1]
        }
    }()

    /// The Latin letter that a lower-case letter looks like; nil for one that looks like none.
    static func latin(_ value: UInt32) -> UInt32? {
        switch value {
        case 0..<0x180 where value < 0x80: nil
        // Circled and squared white letters, which NFKC leaves.
        case 0x1F150...0x1F169: value - 0x1F150 + 0x61
        case 0x1F170...0x1F189: value - 0x1F170 + 0x61
        // Scripts without look-alikes, the bulk of the world's text beside Latin and Cyrillic.
        case 0x600...0x13A0 where value < 0x1000, 0x3000...0xA4CF, 0xAC00...0xD7A3: nil
        default: letters[value]
        }
    }

    /// The Latin letter that a Greek capital looks like.
    static func latin(greekCapital value: UInt32) -> UInt32? { capitals[value] }
}
