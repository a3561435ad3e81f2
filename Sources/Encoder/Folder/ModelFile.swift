internal import Glibc
internal import Records

extension MappedFile {
    /// Maps a file of a model folder, which must not be empty.
    ///
    /// - Throws: a `configuration` fault when it is missing, empty or unreadable.
    static func ofModel(_ path: String) throws(Fault) -> MappedFile {
        let hint =
            "a model folder is what Hugging Face serves: config.json, tokenizer.json, "
            + "model.safetensors, modules.json and the files it names"
        let file = try MappedFile(path: path, fault: .configuration, hint: hint)
        guard file.count > 0 else {
            throw Fault(.configuration, "the model file is empty", at: .file(path), hint: hint)
        }
        return file
    }

    /// The bytes as an array of their own.
    func copy() -> [UInt8] { withBytes { Array($0) } }
}

extension JSONValue {
    /// Reads one of a model folder's JSON files.
    ///
    /// - Throws: a `configuration` fault when it is missing, empty, unreadable or not JSON.
    init(ofModel path: String) throws(Fault) {
        try self.init(MappedFile.ofModel(path).copy(), path: path)
    }
}

/// Whether a model folder has this optional file.
func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }
