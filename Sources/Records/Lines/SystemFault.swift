internal import Glibc

extension Fault {
    /// The fault of a failed system call on `path`.
    ///
    /// No room left is `stopped`, since the run goes on from where it was once there is room;
    /// anything else (missing, forbidden, not a file, a broken disk) is `configuration`.
    /// - Parameters:
    ///   - doing: a verb and its object's kind, "read the file", that follows "cannot".
    ///   - code: the call's errno.
    public static func system(_ doing: String, path: String, code: Int32) -> Fault {
        let kind: Kind
        let hint: String?
        switch code {
        case ENOSPC, EDQUOT, EFBIG:
            kind = .stopped
            hint = "make room on the disk (`df -h`, or a higher quota) and run again"
        case ENOENT, ENOTDIR:
            kind = .configuration
            hint = "check the path, and that its folder exists"
        case EACCES, EPERM, EROFS:
            kind = .configuration
            hint = "check who may read and write there (`ls -ld`), or choose another folder"
        default:
            kind = .configuration
            hint = nil
        }
        return Fault(
            kind, "cannot \(doing)", at: .file(path), why: String(cString: strerror(code)),
            hint: hint)
    }
}
