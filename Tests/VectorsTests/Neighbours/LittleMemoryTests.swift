import Foundation
import Glibc
import Synchronization
import Testing

@testable import Vectors

/// OpenBLAS asks for a buffer for ever where there is no memory; see Sources/CBLAS.
struct LittleMemoryTests {
    /// Leaves the process so much address space more than it has.
    private static func limit(moreBytes: Int) {
        let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = text?.split(separator: " ").first.flatMap { Int($0) } ?? 0
        let bytes = rlim_t(pages * 4_096 + moreBytes)
        var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    }

    /// Products on four threads; true when each is what a plain loop gives.
    private static func productsAreRight() -> Bool {
        let (rows, columns) = (200, 384)
        let values = (0..<rows * columns).map { Float($0 % 17) / 16 }
        let isRight = Mutex(true)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            var out = [Float](repeating: .nan, count: rows * rows)
            for _ in 0..<20 {
                BlockProducts.fill(values, rows, values, rows, columns: columns, to: &out)
            }
            let want = LaneSums.dot(values, values, columns)
            if abs(out[0] - want) > 0.01 { isRight.withLock { $0 = false } }
        }
        return isRight.withLock { $0 }
    }

    @Test func `without room for a buffer the products are made without OpenBLAS`() async {
        await #expect(processExitsWith: .success) {
            LittleMemoryTests.limit(moreBytes: 100 << 20)
            exit(!BlockProducts.hasBLAS && LittleMemoryTests.productsAreRight() ? 0 : 1)
        }
    }

    @Test func `with room for one buffer the threads take turns`() async {
        await #expect(processExitsWith: .success) {
            // A turn that never comes would be waited for until the test times out.
            alarm(60)
            LittleMemoryTests.limit(moreBytes: 400 << 20)
            exit(LittleMemoryTests.productsAreRight() ? 0 : 1)
        }
    }
}
