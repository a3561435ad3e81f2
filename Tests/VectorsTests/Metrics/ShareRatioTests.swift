import Testing
import Vectors

@Suite struct ShareRatioTests {
    /// The formula of Walter 1975 in double precision by another program.
    @Test(arguments: [
        (40, 100, 10, 200, 4.0775955994682525, 14.521916216846076),
        (0, 50, 0, 50, 0.020232316783714094, 49.42587696160161),
        (100, 100, 3, 100, 10.258987687668302, 80.36954806688432),
        (5, 300, 1, 300, 0.6071322942785291, 22.14417610649557),
    ])
    func `has the known ends, also where a share is 0 or 1`(
        _ known: (Int, Int, Int, Int, Double, Double)
    ) throws {
        let found = try #require(ShareRatio(known.0, of: known.1, to: known.2, of: known.3))
        #expect(abs(found.low / known.4 - 1) < 1e-12)
        #expect(abs(found.high / known.5 - 1) < 1e-12)
    }

    @Test func `turns over with its shares, and is none without trials`() throws {
        let one = try #require(ShareRatio(7, of: 30, to: 2, of: 40))
        let other = try #require(ShareRatio(2, of: 40, to: 7, of: 30))
        #expect(abs(one.low * other.high - 1) < 1e-12)
        #expect(abs(one.high * other.low - 1) < 1e-12)
        #expect(ShareRatio(0, of: 0, to: 1, of: 2) == nil)
        #expect(ShareRatio(1, of: 2, to: 0, of: 0) == nil)
    }
}
