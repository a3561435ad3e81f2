internal import Glibc
internal import Records
internal import Synchronization

/// Standard output and standard error: data goes to the one, talk to the other.
public final class Console: Sendable {
    /// Takes bytes; gives 0, or the number of the error that it met.
    public typealias Sink = @Sendable ([UInt8]) -> Int32

    private let out: Sink
    private let err: Sink
    /// Columns of the terminal behind standard error; nil when there is none.
    let width: @Sendable () -> Int?
    /// Whether colour may be used on standard error.
    let usesColour: Bool
    private let outError = Mutex<Int32>(0)

    public init(
        out: @escaping Sink, err: @escaping Sink,
        width: @escaping @Sendable () -> Int? = { nil }, usesColour: Bool = false
    ) {
        self.out = out
        self.err = err
        self.width = width
        self.usesColour = usesColour
    }

    /// The process's own.
    static let process = Console(
        out: { Console.write($0, to: STDOUT_FILENO) },
        err: { Console.write($0, to: STDERR_FILENO) },
        width: {
            guard isatty(STDERR_FILENO) == 1, Machine.environment("TERM") != "dumb" else {
                return nil
            }
            var size = winsize()
            let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
            return isKnown ? Int(size.ws_col) : 80
        },
        usesColour: isatty(STDERR_FILENO) == 1 && (Machine.environment("NO_COLOR") ?? "").isEmpty)

    /// Writes bytes to standard output.
    ///
    /// - Returns: false once the reader is gone, which is no error: it has all it wanted.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        outError.withLock { error in
            if error == 0 { error = out(bytes) }
            return error == 0
        }
    }

    /// A line of data for people; control characters in it are written out.
    @discardableResult
    func print(_ text: String) -> Bool {
        write(Array(VisibleText.escaped(text).utf8) + [UInt8(ascii: "\n")])
    }

    /// A line of talk; control characters in it are written out.
    func talk(_ text: String) { rawTalk(VisibleText.escaped(text) + "\n") }

    /// Talk as it is, without a line's end: the only way for a control sequence of our own.
    func rawTalk(_ text: String) { _ = err(Array(text.utf8)) }

    /// - Throws: When standard output failed for another reason than a reader who left.
    func checkOutput() throws(Fault) {
        let error = outError.withLock { $0 }
        guard error != 0, error != EPIPE else { return }
        throw Fault(
            .stopped, "standard output cannot be written", why: String(cString: strerror(error)),
            hint: "the same command begins again")
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = Glibc.write(
                    descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
                if count >= 0 {
                    done += count
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }
}
