/// 128 bits as 32 hexadecimal digits in lower case, with or without the hyphens of a UUID.
public enum HexDigits {
    /// The bits of a text that is nothing else; nil for any other.
    public static func halves(of text: String) -> (high: UInt64, low: UInt64, isUUID: Bool)? {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.count == 32 || bytes.count == 36 else { return nil }
            let isUUID = bytes.count == 36
            var (high, low): (UInt64, UInt64) = (0, 0)
            for (place, byte) in bytes.enumerated() {
                if isUUID, isHyphen(place) {
                    guard byte == UInt8(ascii: "-") else { return nil }
                    continue
                }
                let digit: UInt8
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
                case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
                default: return nil
                }
                high = high << 4 | low >> 60
                low = low << 4 | UInt64(digit)
            }
            return (high, low, isUUID)
        }
    }

    /// The digits of 128 bits, the high half first.
    public static func text(_ high: UInt64, _ low: UInt64, isUUID: Bool = false) -> String {
        let count = isUUID ? 36 : 32
        return String(unsafeUninitializedCapacity: count) { bytes in
            var digit: UInt64 = 0
            for place in 0..<count {
                if isUUID, isHyphen(place) {
                    bytes[place] = UInt8(ascii: "-")
                    continue
                }
                let half = digit < 16 ? high : low
                let value = UInt8(half >> (60 - 4 * (digit % 16)) & 15)
                bytes[place] =
                    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
                digit += 1
            }
            return count
        }
    }

    private static func isHyphen(_ place: Int) -> Bool {
        place == 8 || place == 13 || place == 18 || place == 23
    }
}
