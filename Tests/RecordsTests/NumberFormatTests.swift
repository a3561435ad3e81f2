import Foundation
import Testing

@testable import Records

@Suite struct WordsTests {
    @Test func `numbers are written for people`() {
        #expect(NumberFormat.number(0) == "0")
        #expect(NumberFormat.number(-1_234_567) == "-1,234,567")
        #expect(NumberFormat.number(.min) == "-9,223,372,036,854,775,808")
        #expect(NumberFormat.count(1, "row") == "1 row")
        #expect(NumberFormat.tenths(12.34) == "12.3")
        #expect(NumberFormat.tenths(.nan) == "nan")
        #expect(NumberFormat.seconds(59.94) == "59.9 s")
        #expect(NumberFormat.seconds(125) == "2 min 5 s")
        #expect(NumberFormat.seconds(3_840) == "1 h 4 min")
        #expect(NumberFormat.seconds(.infinity) == "?")
        #expect(NumberFormat.money(12_345) == "0.0123")
        #expect(NumberFormat.money(2_000_050) == "2.0001")
        #expect(NumberFormat.money(1_234_567_000_000) == "1,234,567.0000")
        #expect(NumberFormat.bytes(3 << 30) == "3.0 GiB")
    }

    @Test func `moments are written as Foundation writes them`() {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withFullDate, .withTime, .withColonSeparatorInTime]
        formatter.formatOptions.insert(.withDashSeparatorInDate)
        formatter.formatOptions.insert(.withSpaceBetweenDateAndTime)
        for days in stride(from: -40_000, through: 90_000, by: 97) {
            let seconds = Int64(days) * 86_400 + Int64(days.magnitude % 86_400)
            let date = Date(timeIntervalSince1970: Double(seconds))
            #expect(DateFormat.text(milliseconds: seconds * 1_000) == formatter.string(from: date))
        }
    }
}
