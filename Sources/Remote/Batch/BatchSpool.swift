internal import Records

/// The calls that wait for a batch: their bodies on the disk, the rest in memory (about 300 bytes
/// a call).
struct BatchSpool: ~Copyable {
    private struct Place {
        var call: Call
        var start: Int
        var count: Int
    }

    private var file: ScratchFile
    private var places: [SHA256.Digest: Place] = [:]

    init(folder: String) throws(Fault) { file = try ScratchFile(folder: folder) }

    var count: Int { places.count }

    /// The calls by path, then key: the same calls make the same batches, whoever asked first.
    var calls: [Call] {
        places.values.map(\.call).sorted { a, b in
            a.path == b.path
                ? a.key.bytes.lexicographicallyPrecedes(b.key.bytes) : a.path < b.path
        }
    }

    /// The call of that key, without its body.
    func call(_ key: SHA256.Digest) -> Call? { places[key]?.call }

    /// Bytes of a call's body.
    func bytes(of key: SHA256.Digest) -> Int { places[key]?.count ?? 0 }

    /// Equal calls wait once.
    mutating func add(_ call: Call) throws(Fault) {
        if places[call.key] != nil { return }
        var light = call
        light.body = []
        places[call.key] = Place(
            call: light, start: try file.append(call.body), count: call.body.count)
    }

    /// Writes the calls down as a provider wants them.
    mutating func write(
        _ calls: [Call], _ form: any BatchForm, folder: String
    ) throws(Fault) -> BatchInput {
        try file.flush()
        var keys = SHA256()
        for call in calls { keys.update(call.key.bytes) }
        let frame = form.frame(mark: keys.finish().hex)
        var input = try ScratchFile(folder: folder)
        var hash = SHA256()
        _ = try input.append(frame.head)
        for (number, call) in calls.enumerated() {
            guard let place = places[call.key] else { continue }
            if number > 0 {
                hash.update(frame.separator)
                _ = try input.append(frame.separator)
            }
            let body = try file.read(at: place.start, count: place.count)
            let line = form.line(call, body: body)
            hash.update(line)
            _ = try input.append(line)
        }
        _ = try input.append(frame.tail)
        try input.flush()
        let body = try MappedFile(
            descriptor: input.descriptor, path: folder, fault: .stopped,
            hint: "run again: it continues where it was")
        return BatchInput(digest: hash.finish(), body: body, contentType: frame.contentType)
    }
}

/// The calls of one batch, written down.
struct BatchInput: Sendable {
    /// Of the calls alone, in their order.
    var digest: SHA256.Digest
    /// Mapped rather than read: libcurl takes its bytes from the page cache, and a batch of 200 MB
    /// costs no memory of ours.
    var body: MappedFile
    var contentType: String
}

/// What stands around the calls of a batch.
struct BatchFrame: Sendable {
    var head: [UInt8]
    var separator: [UInt8]
    var tail: [UInt8]
    var contentType: String
}
