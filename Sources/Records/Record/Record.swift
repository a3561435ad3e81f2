/// One labelled text: the unit that every stage keeps, refuses or adds.
///
/// As a line of JSON it has exactly these five keys in this order; docs/data-format.md describes
/// each. Scores, vectors and flags are never part of it: they lie beside it, in sidecars.
public struct Record: Sendable, Equatable {
    /// The user's own identifier, kept for ever, or one derived by ``RecordIdentifier``.
    public var id: String
    public var text: String
    public var labels: Labels
    public var provenance: Provenance
    /// The user's own values: a JSON object, passed through byte for byte.
    public var metadata: [UInt8]

    /// An empty JSON object.
    public static let noMetadata = Array("{}".utf8)

    public init(
        id: String, text: String, labels: Labels = Labels(),
        provenance: Provenance = Provenance(), metadata: [UInt8] = Record.noMetadata
    ) {
        self.id = id
        self.text = text
        self.labels = labels
        self.provenance = provenance
        self.metadata = metadata
    }

    /// The identifier of the record at the head of this record's line of descent: its own when it
    /// has no parent.
    ///
    /// A root and all its descendants stay in one split.
    public var root: String { provenance.rootID ?? id }
}

/// How records that come without an identifier get one.
public enum RecordIdentifier {
    /// The first 128 bits of SHA-256 over the source's name and the content, as 32 hexadecimal
    /// digits: stable across runs, versions and shard counts.
    ///
    /// - Parameter occurrence: 0 for the first row with this content in this source, 1 for the
    ///   next: exact copies stay apart until a stage that looks for duplicates decides.
    public static func derived(source: String, content: String, occurrence: Int = 0) -> String {
        var hash = SHA256()
        hash.update("record/1\0")
        hash.update(source)
        hash.update("\0")
        hash.update(content)
        if occurrence > 0 { hash.update("\0\(occurrence)") }
        return hash.finish().shortHex
    }

    /// The identifier of the `index`-th record that `stage` made from the record `parent`.
    ///
    /// The text takes part: the same stage with other settings makes another record, with another
    /// identifier, and with the same settings the same record again.
    public static func child(
        of parent: String, stage: String, index: Int, text: String
    ) -> String {
        SHA256.hash("child/1\0\(parent)\0\(stage)\0\(index)\0\(text)").shortHex
    }
}
