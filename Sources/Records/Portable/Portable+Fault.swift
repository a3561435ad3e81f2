extension Fault.Kind: Portable {}

extension Fault.Place: Portable {
    public func write(to bytes: inout PortableWriter) {
        switch self {
        case .file(let path, let line, let column):
            true.write(to: &bytes)
            path.write(to: &bytes)
            line.write(to: &bytes)
            column.write(to: &bytes)
        case .stage(let stage, let record):
            false.write(to: &bytes)
            stage.write(to: &bytes)
            record.write(to: &bytes)
        }
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        if try Bool(from: &bytes) {
            self = .file(
                try String(from: &bytes), line: try Int?(from: &bytes),
                column: try Int?(from: &bytes))
        } else {
            self = .stage(try String(from: &bytes), record: try String?(from: &bytes))
        }
    }
}

extension Fault: Portable {
    public func write(to bytes: inout PortableWriter) {
        kind.write(to: &bytes)
        what.write(to: &bytes)
        place.write(to: &bytes)
        why.write(to: &bytes)
        hint.write(to: &bytes)
        also.write(to: &bytes)
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        kind = try Kind(from: &bytes)
        what = try String(from: &bytes)
        place = try Place?(from: &bytes)
        why = try String?(from: &bytes)
        hint = try String?(from: &bytes)
        also = try [Fault](from: &bytes)
    }
}
