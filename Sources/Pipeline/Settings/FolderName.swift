internal import Records

/// The name of one file or folder, for a pipeline, a stage or a published file: nothing that leads
/// elsewhere, on this system or on another that the workspace is copied to.
///
/// There is no other way to a path below a workspace, so that nothing outside is ever written or
/// removed.
public struct FolderName: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    /// Room for a number, a temporary file's suffix and NAME_MAX (255 bytes on Linux).
    static let mostBytes = 200

    /// nil for text that is no such name; ``flaw(of:)`` says why.
    public init?(_ text: String) {
        if Self.flaw(of: text) != nil { return nil }
        self.text = text
    }

    /// `03-dedupe`, for the stage of that number, from 0.
    init?(stage name: String, number index: Int) {
        guard Self(name) != nil else { return nil }
        self.init("\(index < 9 ? "0" : "")\(index + 1)-\(name)")
    }

    public var description: String { text }

    /// Why a text cannot be the name of a folder or file; nil when it can.
    public static func flaw(of text: String) -> String? {
        if text.isEmpty { return "it is empty" }
        if text.utf8.count > mostBytes { return "it has more than \(mostBytes) bytes" }
        if text.hasPrefix(".") { return "it begins with a dot" }
        if text.hasSuffix(".") { return "it ends with a dot" }
        if text.first == " " || text.last == " " { return "it begins or ends with a space" }
        for scalar in text.unicodeScalars {
            if "/\\:*?\"<>|".unicodeScalars.contains(scalar) { return "it has a `\(scalar)` in it" }
            if isInvisible(scalar) { return "it has an invisible character in it" }
        }
        let stem = text.prefix { $0 != "." }.uppercased()
        return reserved.contains(stem) ? "Windows keeps `\(stem)` for a device" : nil
    }

    private static let reserved = Set(
        ["CON", "PRN", "AUX", "NUL"] + (1...9).flatMap { ["COM\($0)", "LPT\($0)"] })

    /// Control and format characters, and line separators; the joiners of Indic scripts and emoji
    /// may stand.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
        default: false
        }
    }

    /// Equal for names that some file systems take for the same: they differ only in case or in
    /// how accents are composed.
    var folded: String { Self.folded(text) }

    static func folded(_ text: String) -> String {
        // Strings are equal under canonical equivalence.
        text.lowercased()
    }
}

extension FolderName: ExpressibleByStringLiteral {
    /// A name in the code.
    public init(stringLiteral text: String) {
        require(Self.flaw(of: text) == nil, "a name in the code is a folder's name")
        self.text = text
    }
}
