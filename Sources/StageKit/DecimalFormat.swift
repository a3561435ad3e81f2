/// Numbers as people read them, the same in every locale.
package enum DecimalFormat {
    /// `value` rounded to `digits` decimals, half away from 0; a dash for what is not finite.
    package static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "–" }
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "−" : ""
        if digits == 0 { return "\(sign)\(scaled)" }
        let part = String(scaled % scale)
        let zeros = String(repeating: "0", count: digits - part.utf8.count)
        return "\(sign)\(scaled / scale).\(zeros)\(part)"
    }

    /// The same with a sign always: `+0.012`.
    package static func signed(_ value: Double, _ digits: Int) -> String {
        let text = fixed(value, digits)
        return text.hasPrefix("−") || text == "–" ? text : "+\(text)"
    }

    /// A share in percent with one decimal; a dash when there is no whole.
    package static func percent(_ part: Int, of whole: Int) -> String {
        whole == 0 ? "–" : "\(fixed(100 * Double(part) / Double(whole), 1)) %"
    }
}
