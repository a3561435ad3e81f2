import Glibc
import Records
import Testing

@testable import Vectors

@Suite struct StableMathTests {
    @Test func `agrees with the C library to the last places`() {
        var draws = CounterRNG(seed: 3, purpose: "math")
        for _ in 0..<20_000 {
            let x = (draws.unit() - 0.5) * 1_400
            let exact = exp(x)
            let own = StableMath.exponential(x)
            #expect(abs(own - exact) <= 2 * exact.ulp)
            let u = draws.unit()
            #expect(abs(StableMath.logOnePlus(u) - log1p(u)) <= 4e-16)
        }
    }

    @Test func `keeps to the ends`() {
        #expect(StableMath.exponential(0) == 1)
        #expect(StableMath.exponential(-1e9) == 0)
        #expect(StableMath.exponential(1e9) == .infinity)
        #expect(StableMath.exponential(.nan).isNaN)
        #expect(StableMath.logOnePlus(0) == 0)
        #expect(StableMath.sigmoid(0) == 0.5)
        #expect(StableMath.sigmoid(-1_000) == 0)
        #expect(StableMath.sigmoid(1_000) == 1)
    }
}
