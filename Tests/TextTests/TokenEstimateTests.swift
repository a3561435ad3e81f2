import Testing

@testable import Text

@Suite struct TokenEstimateTests {
    @Test func `four bytes begun are a token, of the whole text or of each word`() {
        for (text, bytes, words) in [
            ("", 0, 0), ("a", 1, 1), ("abcd", 1, 1), ("abcde", 2, 2), ("a bcde fghij", 3, 4),
            (" \n\t ", 1, 0), ("åäö", 2, 2), ("a\u{a0}b", 1, 1),
        ] {
            #expect(TokenEstimate.byBytes(text) == bytes, "\(text)")
            #expect(TokenEstimate.byWords(text) == words, "\(text)")
        }
    }
}
