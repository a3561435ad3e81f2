import StageKit
import Testing

struct DecimalFormatTests {
    @Test func `numbers are written as people read them`() {
        #expect(
            DecimalFormat.fixed(0.8496, 3) == "0.850" && DecimalFormat.fixed(-0.0001, 3) == "0.000")
        #expect(DecimalFormat.fixed(-1.25, 1) == "−1.3" && DecimalFormat.fixed(.nan, 2) == "–")
        #expect(
            DecimalFormat.signed(0.02, 2) == "+0.02" && DecimalFormat.signed(-0.02, 2) == "−0.02")
        #expect(
            DecimalFormat.percent(1, of: 0) == "–" && DecimalFormat.percent(1, of: 8) == "12.5 %")
    }
}
