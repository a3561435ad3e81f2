internal import Glibc

/// A file descriptor that is closed when it goes out of scope, unless it was only lent.
struct Descriptor: ~Copyable {
    let number: Int32
    private let isOwned: Bool

    /// Opens a file for reading; `-` is standard input.
    init(reading path: String) throws(Fault) {
        if path == "-" {
            self.init(lent: STDIN_FILENO)
            return
        }
        // A NUL would silently cut the path short, and a different file would be opened.
        guard !path.utf8.contains(0), !path.isEmpty else {
            throw Fault(.configuration, "the path of a file is empty or holds a NUL character")
        }
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .system("open the file", path: path, code: errno) }
        self.init(number: number, isOwned: true)
    }

    /// Someone else's descriptor, left open.
    init(lent number: Int32) {
        self.init(number: number, isOwned: false)
    }

    private init(number: Int32, isOwned: Bool) {
        self.number = number
        self.isOwned = isOwned
    }

    deinit {
        if isOwned { close(number) }
    }

    /// Reads up to `room.count` bytes; 0 at the end.
    borrowing func read(
        into room: UnsafeMutableRawBufferPointer, path: String
    ) throws(Fault) -> Int {
        while true {
            let count = Glibc.read(number, room.baseAddress, room.count)
            if count >= 0 { return count }
            if errno != EINTR { throw .system("read the file", path: path, code: errno) }
        }
    }
}
