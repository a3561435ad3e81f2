import Glibc
import Testing

/// A server that nobody here wrote, started for one test: nginx or HAProxy, from Debian.
///
/// On a free port of the loopback, as the user who runs the tests, with every file in a folder of
/// the test's. It ends with this object, and after twenty minutes whatever happens.
final class RealServer: Sendable {
    enum Program: String {
        case nginx = "/usr/sbin/nginx"
        case haproxy = "/usr/sbin/haproxy"

        /// Tests that need it are skipped where it is not installed; scripts/setup.sh names it.
        var isInstalled: Bool { access(rawValue, X_OK) == 0 }
    }

    struct NotStarted: Error {}

    let port: UInt16
    let folder: String
    private let process: pid_t

    /// - Parameter configuration: given the port and the folder.
    init(
        _ program: Program, folder: String, _ configuration: (_ port: UInt16) -> String
    ) throws {
        port = try Loopback.freePort()
        self.folder = folder
        let file = "\(folder)/\(port).conf"
        try Files.write(configuration(port), to: file)
        let words =
            switch program {
            case .nginx: [program.rawValue, "-p", folder, "-c", file, "-e", folder + "/error.log"]
            case .haproxy: [program.rawValue, "-q", "-db", "-f", file]
            }
        // Longer than any test lasts among all others on two processors: a server that ended by
        // itself fails its own test, and as a child that nobody has waited for keeps Swift Testing
        // from hearing of the end of any other process (its thread takes them one by one).
        process = try Self.spawn(["/usr/bin/timeout", "--signal=KILL", "1200"] + words)
        try waitUntilItListens()
    }

    deinit { kill() }

    /// As a crash of the server's machine would end it.
    func kill() {
        // To the group: `timeout` and the server it watches.
        Glibc.kill(-process, SIGKILL)
        waitpid(process, nil, 0)
    }

    var origin: String { "http://127.0.0.1:\(port)" }

    /// The lines of a log in its folder; nginx writes one before the next request on a connection.
    func log(_ name: String = "access.log") -> [Substring] {
        Files.read(folder + "/" + name).split(separator: "\n")
    }

    /// nginx in one process, with `body` inside the server's braces.
    static func nginx(_ port: UInt16, _ folder: String, listen: String = "", _ body: String)
        -> String
    {
        """
        daemon off; master_process off;
        pid \(folder)/\(port).pid;
        error_log \(folder)/error.log crit;
        events { worker_connections 512; }
        http {
            access_log \(folder)/access.log combined;
            default_type application/json;
            client_body_temp_path \(folder)/body; proxy_temp_path \(folder)/proxy;
            fastcgi_temp_path \(folder)/fastcgi; uwsgi_temp_path \(folder)/uwsgi;
            scgi_temp_path \(folder)/scgi;
            server { listen 127.0.0.1:\(port) \(listen); root \(folder);
            # nginx refuses to POST to a file, unless told to answer with it anyway.
            error_page 405 =200 $uri;
            \(body)
            }
        }
        """
    }

    /// HAProxy with `rules` for what a frontend answers by itself.
    static func haproxy(_ port: UInt16, _ rules: String) -> String {
        """
        global
            maxconn 256
        defaults
            mode http
            timeout client 30s
            timeout connect 1s
            timeout server 30s
        frontend front
            bind 127.0.0.1:\(port)
        \(rules.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n"))
            default_backend none
        backend none

        """
    }

    private static func spawn(_ words: [String]) throws -> pid_t {
        var process = pid_t()
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        guard posix_spawn(&process, words[0], nil, &attributes, &arguments, environ) == 0 else {
            throw NotStarted()
        }
        return process
    }

    private func waitUntilItListens() throws {
        for _ in 0..<500 {
            if Loopback.connects(to: port) { return }
            usleep(20_000)
        }
        Issue.record("it does not listen: \(Files.read(folder + "/error.log"))")
        throw NotStarted()
    }
}
