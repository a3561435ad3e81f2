import Testing

@testable import Pipeline

@Suite struct IdentifierSetTests {
    @Test func `an identifier is new once, however it is given`() {
        var set = IdentifierSet()
        for number in 0..<2_000 {
            #expect(!set.contains("r\(number)"))
            let isNew = (set.insert("r\(number)"), set.insert(IdentifierSet.Key("r\(number)")))
            #expect(isNew == (true, false))
            #expect(set.contains("r\(number)"))
        }
        var other = IdentifierSet()
        for id in ["x", ""] { other.insert(id) }
        set.merge(other)
        #expect(set.contains("x") && set.contains("") && !set.contains("y"))
    }
}
