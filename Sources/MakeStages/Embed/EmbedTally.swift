internal import Pipeline
internal import Records
internal import StageKit

/// What embedding some rows came to.
struct EmbedTally: Mergeable {
    var cached = 0
    /// Stored vectors that were not what had been stored.
    var damaged = 0
    var embedded = 0
    var tokens = 0
    var unknown = UnknownTally()
    /// Texts that a distilled model is compared on; empty for other models.
    var sample = TextSample()
    /// How long the vectors are; nil as long as there is none.
    private(set) var columns: Int?

    init(columns: Int? = nil) { self.columns = columns }

    /// Takes in the length of a vector; false for one of another length than the others.
    mutating func take(columns count: Int) -> Bool {
        if let columns, columns != count { return false }
        columns = count
        return true
    }

    mutating func merge(_ other: EmbedTally) {
        cached += other.cached
        damaged += other.damaged
        embedded += other.embedded
        tokens += other.tokens
        unknown.merge(other.unknown)
        sample.merge(other.sample)
        // Parts of unlike lengths end the stage when their vectors are written.
        columns = [columns, other.columns].compactMap { $0 }.max()
    }

    func write(to bytes: inout PortableWriter) {
        cached.write(to: &bytes)
        damaged.write(to: &bytes)
        embedded.write(to: &bytes)
        tokens.write(to: &bytes)
        unknown.write(to: &bytes)
        sample.write(to: &bytes)
        columns.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        cached = try Int(from: &bytes)
        damaged = try Int(from: &bytes)
        embedded = try Int(from: &bytes)
        tokens = try Int(from: &bytes)
        unknown = try UnknownTally(from: &bytes)
        sample = try TextSample(from: &bytes)
        columns = try Int?(from: &bytes)
    }
}
