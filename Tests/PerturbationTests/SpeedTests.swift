import Foundation
import Testing

@testable import Perturbation

/// Speed, in release: `CURATE_BENCH=1 swift test -c release --filter PerturbationTests`.
struct SpeedTests {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["CURATE_BENCH"] != nil))
    func `a character operator with every gate runs 250,000 texts a second`() throws {
        let perturber = try Samples.perturber { $0.salient = WordSet(["useless", "stupid"]) }
        let texts = (0..<20_000).map { number in
            "This is sentence with some \(Samples.plain[number % 4]) of ordinary length today"
        }
        let bytes = texts.reduce(0) { $0 + $1.utf8.count } / texts.count
        for id in [
            "leet", "char-swap", "char-drop", "zero-width", "homoglyph", "keyboard", "censor",
        ] {
            let step = try Perturber.Step(id)
            var made = 0
            let time = ContinuousClock().measure {
                for (number, text) in texts.enumerated() {
                    let child = perturber.apply(
                        chain: [step], text: text, id: "row", seed: UInt64(number))
                    if child != nil { made += 1 }
                }
            }
            let rate = Double(texts.count) / (time / .seconds(1))
            print("\(id): \(Int(rate)) texts/s of \(bytes) bytes, \(made) children")
        }
    }
}
