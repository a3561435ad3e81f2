/// Why bytes are not what Parquet allows; the reader adds the file and the place.
struct Damage: Error, Equatable {
    var why: String
    /// Whether the bytes may be right, but use what this reader does not know.
    var isUnsupported = false

    init(_ why: String) { self.why = why }

    static let ended = Damage("the data ends too early")

    static func unsupported(_ why: String) -> Damage {
        var damage = Damage(why)
        damage.isUnsupported = true
        return damage
    }
}
