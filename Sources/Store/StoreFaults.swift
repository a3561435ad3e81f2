internal import GRDB
internal import Records

/// SQLite's result codes in the program's words.
enum StoreFaults {
    /// The fault for an error of GRDB while doing `what`, at the database `path`.
    ///
    /// SQL text and arguments are left out: they may carry a row's text.
    static func fault(_ error: any Error, doing what: String, path: String) -> Fault {
        guard let error = error as? DatabaseError else {
            if let fault = error as? Fault { return fault }
            return Fault(
                .defect, "the workspace database failed while \(what)", at: .file(path),
                why: "\(type(of: error))")
        }
        let why = error.message.map { "\($0) (SQLite \(error.extendedResultCode.rawValue))" }
        switch error.resultCode {
        case .SQLITE_FULL:
            return Fault(
                .stopped, "no room is left while \(what)", at: .file(path), why: why,
                hint: "free some disk space, then run again: it continues where it was")
        case .SQLITE_IOERR:
            return Fault(
                .stopped, "the disk failed while \(what)", at: .file(path), why: why,
                hint: "check the disk and its quota, then run again: it continues where it was")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return Fault(
                .stopped, "the workspace database is busy while \(what)", at: .file(path),
                why: why, hint: "close other programs that have it open, then run again")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return Fault(
                .badData, "the workspace database is damaged", at: .file(path), why: why,
                hint: "move it away: a new one is made, but paid replies in it are lost to runs")
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            return Fault(
                .configuration, "the workspace database cannot be used for \(what)",
                at: .file(path), why: why,
                hint: "check that the folder exists and is yours to write")
        default:
            return Fault(
                .defect, "the workspace database failed while \(what)", at: .file(path), why: why)
        }
    }
}
