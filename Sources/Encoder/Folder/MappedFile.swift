internal import Glibc
internal import Records

/// A file's bytes, mapped read-only for as long as the object lives.
///
/// Safety: the pages are mapped private and read-only and the fields never change after `init`, so
/// any number of threads may read them. A file shortened by another program meanwhile ends this
/// one with SIGBUS; models are not edited in place.
final class MappedFile: @unchecked Sendable {
    /// Valid as long as the object is; whoever takes them keeps the object.
    let bytes: UnsafeRawBufferPointer

    init(path: String) throws(Fault) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.fault(path, "the model file cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw Self.fault(path, "the model file cannot be measured")
        }
        let size = Int(status.st_size)
        guard size > 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Fault(
                .configuration, "the model file is empty or not a file", at: .file(path))
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
            start != MAP_FAILED
        else { throw Self.fault(path, "the model file cannot be mapped into memory") }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

    /// The bytes as an array of their own.
    func copy() -> [UInt8] { Array(bytes) }

    private static func fault(_ path: String, _ what: String) -> Fault {
        Fault(
            .configuration, what, at: .file(path), why: String(cString: strerror(errno)),
            hint: "a model folder is what Hugging Face serves: config.json, tokenizer.json, "
                + "model.safetensors, modules.json and the files it names")
    }
}
