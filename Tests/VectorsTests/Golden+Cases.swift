import Foundation
import Synchronization
import Testing

extension Golden {
    /// Compares every case with what we make of it, and prints how many agree.
    ///
    /// - Parameters:
    ///   - file: The file in the folder `Golden`.
    ///   - part: What the cases are, where a file has several kinds.
    ///   - tolerance: The largest difference that agrees, in words; scripts/known-answers.sh shows
    ///     it.
    static func check<Case>(
        _ file: String, _ part: String = "cases", within tolerance: String, _ cases: [Case],
        _ compare: (Case) async throws -> Void
    ) async throws {
        #expect(!cases.isEmpty, "\(file) has no \(part)")
        let agreeing = try await agreeing(cases, compare)
        print("known answers: \(file), \(agreeing) of \(cases.count) \(part), \(tolerance)")
    }

    /// How many cases agree: `compare` records no issue of them and throws nothing.
    ///
    /// What it records counts as in any test: `withKnownIssue` only looks at it here and takes none
    /// of it for known.
    static func agreeing<Case>(
        _ cases: [Case], _ compare: (Case) async throws -> Void
    ) async throws -> Int {
        var agreeing = 0
        for one in cases {
            let issues = Mutex(0)
            // No known issue: none matches, so that each fails the test.
            try await withKnownIssue(isIntermittent: true) {
                try await compare(one)
            } matching: { _ in
                issues.withLock { $0 += 1 }
                return false
            }
            if issues.withLock({ $0 }) == 0 { agreeing += 1 }
        }
        return agreeing
    }
}

@Suite struct GoldenCasesTests {
    @Test func `a case that differs is counted out, and its issue still fails the test`()
        async throws
    {
        var count: Int?
        // The issue is the case that differs: without one, `withKnownIssue` fails.
        await withKnownIssue("the second of the cases differs") {
            count = try await Golden.agreeing([1, 2, 3]) { #expect($0 != 2) }
        }
        #expect(count == 2)
    }
}
