import Foundation
import Testing

@testable import Records

@Suite struct WordsTests {
    @Test func `numbers are written for people`() {
        #expect(Words.number(0) == "0")
        #expect(Words.number(-1_234_567) == "-1,234,567")
        #expect(Words.number(.min) == "-9,223,372,036,854,775,808")
        #expect(Words.count(1, "row") == "1 row")
        #expect(Words.tenths(12.34) == "12.3")
        #expect(Words.tenths(.nan) == "nan")
        #expect(Words.seconds(59.94) == "59.9 s")
        #expect(Words.seconds(125) == "2 min 5 s")
        #expect(Words.seconds(3_840) == "1 h 4 min")
        #expect(Words.seconds(.infinity) == "?")
        #expect(Words.money(12_345) == "0.0123")
        #expect(Words.money(2_000_050) == "2.0001")
        #expect(Words.money(1_234_567_000_000) == "1,234,567.0000")
        #expect(Words.bytes(3 << 30) == "3.0 GiB")
    }

    @Test func `moments are written as Foundation writes them`() {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withFullDate, .withTime, .withColonSeparatorInTime]
        formatter.formatOptions.insert(.withDashSeparatorInDate)
        formatter.formatOptions.insert(.withSpaceBetweenDateAndTime)
        for days in stride(from: -40_000, through: 90_000, by: 97) {
            let seconds = Int64(days) * 86_400 + Int64(days.magnitude % 86_400)
            let date = Date(timeIntervalSince1970: Double(seconds))
            #expect(Moments.text(milliseconds: seconds * 1_000) == formatter.string(from: date))
        }
    }
}
