import Foundation
import Records
import Testing

@testable import CleanStages

struct AssignmentsTests {
    private func file(_ entries: [(UInt64, String)], count: Int? = nil) throws -> String {
        let lines = entries.map { key, side in
            let digits = String(key, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits + " \(side)\n"
        }
        let path = NSTemporaryDirectory() + "assignments-\(UUID().uuidString)"
        try "curate assignments 1 \(count ?? entries.count)\n\(lines.joined())"
            .write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func entries(_ seed: UInt64) -> [(UInt64, String)] {
        var draws = CounterRNG(seed: seed, purpose: "assignments")
        let keys = Set((0..<draws.below(60)).map { _ in draws.next() >> UInt64(draws.below(40)) })
        return keys.sorted().map { ($0, ["train", "val", "test"][draws.below(3)]) }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `the parts of a file say together what the whole says`(seed: UInt64) throws {
        let entries = entries(seed)
        let path = try file(entries)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let whole = try Assignments(reading: path)
        for most in [1, 2, 7, 60] {
            var found: [UInt64: String] = [:]
            try Assignments.readParts(of: path, keys: most) { part in
                for (key, _) in entries {
                    guard let side = part[SplitKey(key)] else { continue }
                    #expect(part.range?.contains(SplitKey(key)) == true)
                    #expect(found[key].map { $0 == side.name } ?? true)
                    found[key] = side.name
                }
            }
            #expect(found == Dictionary(uniqueKeysWithValues: entries))
        }
        for (key, side) in entries { #expect(whole[SplitKey(key)]?.name == side) }
        #expect(whole.isEmpty == entries.isEmpty)
    }

    @Test func `keys out of order and missing entries are told, wherever a part ends`() throws {
        let ordered: [(UInt64, String)] = (1...6).map { ($0, "train") }
        for place in 1..<6 {
            var swapped = ordered
            swapped.swapAt(place - 1, place)
            for (path, why) in [
                (try file(swapped), "out of order"), (try file(ordered, count: 7), "6 of 7"),
            ] {
                defer { try? FileManager.default.removeItem(atPath: path) }
                for most in [1, 2, 3, 100] {
                    let fault = #expect(throws: Fault.self) {
                        try Assignments.readParts(of: path, keys: most) { _ in }
                    }
                    #expect(fault?.why?.contains(why) == true)
                }
            }
        }
    }
}
