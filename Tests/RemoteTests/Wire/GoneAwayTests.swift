import Testing

@testable import Remote

struct GoneAwayTests {
    private func word(_ text: String) -> GoneAway.Word? {
        Array(text.utf8).withUnsafeBytes { GoneAway.Word($0) }
    }

    @Test func `reads the two things libcurl says of streams, and nothing else`() {
        #expect(word("Using Stream ID: 17 (easy handle 0x7f)\n") == .opened(stream: 17))
        #expect(
            word("recveived GOAWAY, error=0, last_stream=199\n") == .goneAway(lastStream: 199))
        #expect(
            word("received GOAWAY, error=0, last_stream=199\n") == .goneAway(lastStream: 199))
        #expect(word("h2h3 [authorization: Bearer sk-x]") == nil)
        #expect(word("Using Stream ID: x") == nil)
        #expect(word("received GOAWAY, error") == nil)
        #expect(word("") == nil)
    }

    @Test func `only streams after the last one of the same connection were refused`() {
        let goneAway = GoneAway()
        #expect(!goneAway.hasRefused(stream: 1, port: 9))
        goneAway.note(lastStream: 7, port: 9)
        #expect(!goneAway.hasRefused(stream: 7, port: 9))
        #expect(goneAway.hasRefused(stream: 9, port: 9))
        #expect(!goneAway.hasRefused(stream: 9, port: 8))
        // The port is used again by a new connection.
        goneAway.begin(port: 9)
        #expect(!goneAway.hasRefused(stream: 9, port: 9))
    }
}
