internal import Normalization

/// How names of categories are written and compared, wherever they come from: files of rows, a
/// taxonomy, `map`, decisions.
///
/// In NFC (Unicode Standard Annex 15), without control characters and invisible ones that change
/// how a line is shown, and without white space at its ends. Two names are one exactly when their
/// bytes are equal.
public enum CategoryName {
    /// The name in its one form; empty when nothing of it is left.
    public static func normal(_ name: String) -> String {
        if isPlain(name) { return name }
        var scalars = String.UnicodeScalarView()
        for scalar in name.unicodeScalars where !isDropped(scalar) { scalars.append(scalar) }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        let first = scalars.firstIndex { !$0.properties.isWhitespace } ?? scalars.endIndex
        return NormalForm.nfc.string(String(Substring(scalars[first...])))
    }

    /// Printable ASCII without blanks at its ends is its own form.
    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, let last = name.utf8.last else { return true }
        return first != 0x20 && last != 0x20
            && name.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    }

    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: false
        case 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: scalar.properties.generalCategory == .control
        }
    }
}
