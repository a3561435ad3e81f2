/// Finds and masks personal data: e-mail addresses, phone and card numbers, IP addresses, web
/// addresses and handles.
///
/// A byte scanner with fixed shapes, each told in its own file; made to be conservative, so that a
/// date, a price or a version stays. It does not know names, streets or account numbers, and is no
/// promise of anonymity. Masking what was masked changes nothing.
public struct PersonalData: Sendable {
    /// What is looked for.
    public enum Kind: Int, Sendable, CaseIterable {
        case email, phone, card, ip, url, handle

        /// What stands in its place, `[EMAIL]` for one.
        public var placeholder: String {
            switch self {
            case .email: "[EMAIL]"
            case .phone: "[PHONE]"
            case .card: "[CARD]"
            case .ip: "[IP]"
            case .url: "[URL]"
            case .handle: "[HANDLE]"
            }
        }
    }

    /// How many of each kind were masked.
    public struct Counts: Sendable, Equatable {
        private var counts = [Int](repeating: 0, count: Kind.allCases.count)

        public init() {}

        public subscript(kind: Kind) -> Int {
            get { counts[kind.rawValue] }
            set { counts[kind.rawValue] = newValue }
        }

        public var total: Int { counts.reduce(0, +) }
    }

    private let wanted: [Bool]

    /// - Parameter kinds: what to mask, all of it by default.
    public init(kinds: [Kind] = Kind.allCases) {
        var wanted = [Bool](repeating: false, count: Kind.allCases.count)
        for kind in kinds { wanted[kind.rawValue] = true }
        self.wanted = wanted
    }

    /// The text with a placeholder for each find; the same bytes, without a copy, for none.
    public func mask(_ bytes: [UInt8]) -> (bytes: [UInt8], counts: Counts) {
        var counts = Counts()
        var bytes = bytes
        // A placeholder ends what stood beside it, which may make that a find too (`a@b.cc@d.ee`).
        // Every find takes away a digit, an `@`, a `://` or a `www.`, and a placeholder brings none
        // of them, so this ends; that nothing more is found is what makes masking idempotent.
        while let masked = pass(bytes, &counts) { bytes = masked }
        return (bytes, counts)
    }

    public func mask(_ text: String) -> (text: String, counts: Counts) {
        let (bytes, counts) = mask(Array(text.utf8))
        return (counts.total == 0 ? text : String(decoding: bytes, as: UTF8.self), counts)
    }

    /// One pass over the text; nil when there is nothing to mask.
    private func pass(_ bytes: [UInt8], _ counts: inout Counts) -> [UInt8]? {
        bytes.withUnsafeBytes { source in
            var result: [UInt8] = []
            var taken = 0
            var at = 0
            while at < source.count {
                guard Self.isTrigger[Int(source[at])] else {
                    at += 1
                    continue
                }
                let scan = PersonalDataScan(bytes: source, floor: taken)
                guard let found = find(scan, at) else {
                    at = scan.afterMiss(at)
                    continue
                }
                if taken == 0 { result.reserveCapacity(source.count + 16) }
                result.append(contentsOf: source[taken..<found.range.lowerBound])
                result.append(contentsOf: found.kind.placeholder.utf8)
                counts[found.kind] += 1
                taken = found.range.upperBound
                at = taken
            }
            if taken == 0 { return nil }
            result.append(contentsOf: source[taken...])
            return result
        }
    }

    private func find(_ scan: PersonalDataScan, _ at: Int) -> PersonalDataScan.Found? {
        func wants(_ kind: Kind) -> Bool { wanted[kind.rawValue] }
        switch scan.bytes[at] {
        case UInt8(ascii: "@"):
            if wants(.email), let found = scan.email(around: at) { return found }
            return wants(.handle) ? scan.handle(at) : nil
        case UInt8(ascii: ":"):
            if wants(.url), let found = scan.url(around: at) { return found }
            return wants(.ip) ? scan.ip6(around: at) : nil
        case UInt8(ascii: "w"), UInt8(ascii: "W"):
            return wants(.url) ? scan.bareURL(at) : nil
        default:
            if wants(.email), let found = scan.email(startingAt: at) { return found }
            if wants(.ip), let found = scan.ip6(around: at) ?? scan.ip4(at) { return found }
            if wants(.card), let found = scan.card(at) { return found }
            return wants(.phone) ? scan.phone(at) : nil
        }
    }

    /// The bytes that a find can be told by: `@`, `:`, `w`, `+`, `(` and digits.
    private static let isTrigger: [Bool] = (0..<256).map { byte in
        Ascii.isDigit(UInt8(byte)) || Ascii.isOne(of: "@:wW+(", UInt8(byte))
    }
}
