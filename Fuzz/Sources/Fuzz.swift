internal import CFuzzer
internal import Glibc

/// Runs one reader of strangers' bytes under libFuzzer: `fuzz TARGET [libFuzzer's options]`.
///
/// scripts/fuzz.sh builds and calls it; Fuzz/README.md says how a target is added.
@main
enum Fuzz {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count > 1 else { return fail("fuzz TARGET [OPTIONS], or fuzz --list") }
        if arguments[1] == "--list" {
            for target in Target.all { print(target.name) }
            return
        }
        guard let target = Target.all.first(where: { $0.name == arguments[1] }) else {
            return fail("there is no target `\(arguments[1])`; fuzz --list names them all")
        }
        do {
            current = try target.prepare()
        } catch {
            return fail("\(target.name): \(error)")
        }
        var values = ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) }
        values.append(nil)
        var count = Int32(values.count - 1)
        let code = values.withUnsafeMutableBufferPointer { buffer -> Int32 in
            var start = buffer.baseAddress
            return LLVMFuzzerRunDriver(&count, &start) { bytes, count in
                let input = UnsafeRawBufferPointer(start: bytes, count: count)
                Fuzz.current?(Array(input))
                return 0
            }
        }
        exit(code)
    }

    /// The target's reader; set once, before the only thread that calls it begins its loop.
    nonisolated(unsafe) private static var current: (([UInt8]) -> Void)?

    private static func fail(_ message: String) {
        let line = Array("fuzz: \(message)\n".utf8)
        write(2, line, line.count)
        exit(64)
    }
}

/// Ends the process where a law does not hold; libFuzzer keeps the input and reports it.
func law(_ holds: Bool, _ law: @autoclosure () -> String) {
    if !holds { fatalError("a law does not hold: \(law())") }
}
