/// Numbers as people read them, never as a data file holds them: for every message, note and table.
public enum NumberFormat {
    /// `1234567` → `1,234,567`.
    public static func number(_ value: Int) -> String {
        var text = ""
        for (index, digit) in String(value.magnitude).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + String(text.reversed())
    }

    /// `1 row`, `2 rows`.
    public static func count(_ value: Int, _ noun: String) -> String {
        count(value, noun, "\(noun)s")
    }

    /// `1 reply`, `2 replies`.
    public static func count(_ value: Int, _ noun: String, _ many: String) -> String {
        "\(number(value)) \(value == 1 ? noun : many)"
    }

    /// One decimal: `12.3`.
    public static func tenths(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
        let tenths = Int((value * 10).rounded())
        return "\(number(tenths / 10)).\(abs(tenths % 10))"
    }

    /// `0.4 s`, `2 min 5 s`, `1 h 4 min`.
    public static func seconds(_ value: Double) -> String {
        guard value.isFinite, value >= 0, value < 1e9 else { return "?" }
        if value < 60 { return "\(tenths(value)) s" }
        let whole = Int(value.rounded())
        if whole < 3_600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3_600) h \(whole % 3_600 / 60) min"
    }

    /// Mebibytes and gibibytes, one decimal.
    public static func bytes(_ value: Int) -> String {
        let mebibytes = Double(value) / 1_048_576
        if mebibytes < 1 { return "\(number(value)) bytes" }
        return mebibytes < 1_024 ? "\(tenths(mebibytes)) MiB" : "\(tenths(mebibytes / 1_024)) GiB"
    }

    /// Millionths of a currency, four decimals.
    public static func money(_ microunits: Int64) -> String {
        let parts = (microunits + 50) / 100
        let rest = String(abs(parts % 10_000))
        return "\(number(Int(parts / 10_000)))."
            + String(repeating: "0", count: 4 - rest.count) + rest
    }
}
