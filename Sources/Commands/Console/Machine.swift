internal import FoundationEssentials
internal import Glibc

/// The few things that commands ask of the machine.
enum Machine {
    /// Processors that this process may use.
    static var processors: Int {
        max(1, ProcessInfo.processInfo.activeProcessorCount)
    }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    static func environment() -> [String: String] { ProcessInfo.processInfo.environment }

    /// Seconds on a clock that nobody sets.
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Free bytes of the file system that a path lies on, or of its nearest folder that exists.
    static func freeBytes(at path: String) -> Int? {
        var statistics = statvfs()
        guard statvfs(existing(path), &statistics) == 0 else { return nil }
        return Int(statistics.f_bavail) * Int(statistics.f_frsize)
    }

    static func isWritable(_ path: String) -> Bool { access(existing(path), W_OK) == 0 }

    private static func existing(_ path: String) -> String {
        var path = path
        while access(path, F_OK) != 0 {
            guard let slash = path.lastIndex(of: "/") else { return "." }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
        return path
    }
}
