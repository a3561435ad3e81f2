package import Records

/// A row's text with a number that is drawn for it: samples keep the rows with the smallest ones,
/// so that they do not depend on the order of rows.
package struct DrawnText: Portable, Comparable {
    package var draw: UInt64
    package var id: String
    package var text: String

    package init(draw: UInt64, id: String, text: String) {
        self.draw = draw
        self.id = id
        self.text = text
    }

    /// Equal draws go by id.
    package static func < (one: DrawnText, other: DrawnText) -> Bool {
        one.draw == other.draw ? one.id < other.id : one.draw < other.draw
    }

    package func write(to bytes: inout PortableWriter) {
        draw.write(to: &bytes)
        id.write(to: &bytes)
        text.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no such text.
    package init(from bytes: inout PortableReader) throws(Fault) {
        draw = try UInt64(from: &bytes)
        id = try String(from: &bytes)
        text = try String(from: &bytes)
    }
}
