internal import Glibc
public import Records

extension Endpoint {
    /// Whether the key that the settings name is there; asks nobody.
    ///
    /// - Throws: `.configuration`, and never a word of the key.
    public func checkKey() throws(Fault) { _ = try Credential.key(of: self) }
}

/// Finds an endpoint's key; the only place that reads one.
enum Credential {
    /// A key is a line of printable ASCII; providers' keys are far shorter.
    private static let longest = 4096

    /// The key, or nil when the endpoint names none; faults name its source, never its text.
    static func key(of endpoint: Endpoint) throws(Fault) -> String? {
        if let variable = endpoint.keyEnvironmentVariable {
            guard let value = getenv(variable) else {
                throw Fault(
                    .configuration, "the environment variable \(variable) is not set",
                    hint: "export \(variable)=… in the shell that starts curate")
            }
            return try checked(String(cString: value), source: variable)
        }
        if let path = endpoint.keyFile { return try checked(try read(path), source: path) }
        return nil
    }

    private static func checked(_ text: String, source: String) throws(Fault) -> String {
        let key = trimmed(text)
        guard !key.isEmpty, key.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw Fault(
                .configuration, "the key in \(source) is empty or has characters no key has")
        }
        forbidCores()
        return key
    }

    /// From here on the key lies in memory, and a core file would put it on the disk.
    private static func forbidCores() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = 0
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }

    private static func read(_ path: String) throws(Fault) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw Fault(
                .configuration, "the key file cannot be opened", at: .file(path),
                why: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        // Asked of the open file, so that it cannot be swapped in between.
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Fault(.configuration, "the key file is not a plain file", at: .file(path))
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Fault(
                .configuration, "the key file can be read by others", at: .file(path),
                hint: "chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: longest + 1)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0, count <= longest else {
            throw Fault(.configuration, "the key file is too long for a key", at: .file(path))
        }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
