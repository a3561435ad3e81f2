/// The four normalization forms of Unicode Standard Annex 15.
///
/// The tables are those of Unicode 17 or, as ``Version`` says, of what was known before: characters
/// keep their forms for ever once they are assigned.
public enum NormalForm: String, Sendable, CaseIterable {
    case nfd = "NFD"
    case nfkd = "NFKD"
    case nfc = "NFC"
    case nfkc = "NFKC"

    /// Which characters have forms other than themselves.
    public enum Version: Sendable, CaseIterable {
        case unicode17
        case unicode14
        /// The mixture of the package `tokenizers`, which tokenizers have to follow.
        case tokenizers
    }

    var isCompatible: Bool { self == .nfkd || self == .nfkc }
    var composes: Bool { self == .nfc || self == .nfkc }

    /// Appends well-formed UTF-8 in this form.
    public func append(
        _ text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8],
        version: Version = .unicode17
    ) {
        // ASCII is in every form already; so is, in NFC, all below U+0300, the first mark: its
        // lead byte is 0xCC.
        let least: UInt8 = self == .nfc ? 0xCC : 0x80
        if text.allSatisfy({ $0 < least }) {
            output.append(contentsOf: text)
            return
        }
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let (scalar, length) = decodeScalar(text, at: index)
            scalars.append(scalar)
            index += length
        }
        for scalar in self.scalars(of: scalars, version: version) {
            appendScalar(scalar, to: &output)
        }
    }

    /// A text in this form.
    public func string(_ text: String, version: Version = .unicode17) -> String {
        var text = text
        var bytes: [UInt8] = []
        text.withUTF8 { append($0, to: &bytes, version: version) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Scalars in this form.
    public func scalars(of text: [UInt32], version: Version = .unicode17) -> [UInt32] {
        let tables = NormalizationTables.of(version)
        var scalars = tables.decomposed(text, isCompatible: isCompatible)
        tables.sort(&scalars)
        if composes { tables.compose(&scalars) }
        return scalars
    }

    /// The scalars that a decomposition of this version is for, in order; Hangul syllables apart.
    ///
    /// These and no others are something else in some form when they stand alone.
    public static func decomposable(_ version: Version) -> [UInt32] {
        NormalizationTables.of(version).decomposable
    }
}
