extension JSONValue {
    /// Files nest less deeply than replies do.
    private static let deepestOfFiles = 32

    /// Reads a file of another program that is one object or array; an object may have a key twice.
    ///
    /// - Throws: a fault of kind `configuration` at the file `path`, when the document is not JSON
    ///   or nests deeper than 32 levels.
    public init(_ document: some Collection<UInt8>, path: String) throws(Fault) {
        do throws(JSONReader.ParseError) {
            self = try JSONReader.read(
                Array(document), deepest: Self.deepestOfFiles, allowsDoubledKeys: true)
        } catch {
            throw Self.unreadable(path, "\(error.what) (byte \(error.offset + 1))")
        }
        if members == nil, array == nil {
            throw Self.unreadable(path, "it is neither an object nor an array")
        }
    }

    private static func unreadable(_ path: String, _ why: String) -> Fault {
        Fault(.configuration, "the file is not readable JSON", at: .file(path), why: why)
    }
}
