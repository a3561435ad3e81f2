internal import Records

/// The parts of an endpoint's address that decide about safety.
struct BaseURL: Equatable {
    /// Without a slash at the end.
    let text: String
    let isTLS: Bool
    /// Lower case, without brackets and port.
    let host: String
    /// The one that is used, stated or not.
    let port: UInt16

    /// The faults name no part of the text: a password in it must not be printed.
    init(_ text: String) throws(Fault) {
        func refuse(_ what: String) -> Fault {
            Fault(
                .configuration, what,
                hint: "write it like https://api.example.com/v1, without user, ? or #")
        }
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw refuse("an endpoint's base URL has blanks or other characters no URL has")
        }
        let rest: ArraySlice<UInt8>
        if bytes.starts(with: "https://".utf8) {
            isTLS = true
            rest = bytes[8...]
        } else if bytes.starts(with: "http://".utf8) {
            isTLS = false
            rest = bytes[7...]
        } else {
            throw refuse("an endpoint's base URL does not start with https:// or http://")
        }
        let forbidden = Array("@?#\\".utf8)
        guard !rest.contains(where: { forbidden.contains($0) }) else {
            throw refuse("an endpoint's base URL has a user, a query or a fragment")
        }
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        let host: ArraySlice<UInt8>
        let portText: ArraySlice<UInt8>
        if authority.first == UInt8(ascii: "[") {
            guard let end = authority.firstIndex(of: UInt8(ascii: "]")) else {
                throw refuse("an endpoint's base URL has no host")
            }
            host = authority[(authority.startIndex + 1)..<end]
            portText = authority[(end + 1)...]
        } else {
            host = authority.prefix { $0 != UInt8(ascii: ":") }
            portText = authority[host.endIndex...]
        }
        guard !host.isEmpty else { throw refuse("an endpoint's base URL has no host") }
        guard let port = portText.isEmpty ? (isTLS ? 443 : 80) : Self.port(portText) else {
            throw refuse("an endpoint's base URL has no valid port")
        }
        self.port = port
        self.host = String(decoding: host, as: UTF8.self).lowercased()
        var end = bytes.count
        while end > 0 && bytes[end - 1] == UInt8(ascii: "/") { end -= 1 }
        self.text = String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// This machine, by number or by the one name that RFC 6761 reserves for it.
    var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Whether a key for this address may go to that one: same scheme, host and port.
    func isSameOrigin(as url: String) -> Bool {
        // What follows the path is of no concern here, and no part of a base URL.
        let plain = url.prefix { $0 != "?" && $0 != "#" }
        guard let other = try? BaseURL(String(plain)) else { return false }
        return other.isTLS == isTLS && other.host == host && other.port == port
    }

    private static func port(_ text: ArraySlice<UInt8>) -> UInt16? {
        guard text.first == UInt8(ascii: ":"),
            let number = UInt16(String(decoding: text.dropFirst(), as: UTF8.self))
        else { return nil }
        return number > 0 ? number : nil
    }
}
