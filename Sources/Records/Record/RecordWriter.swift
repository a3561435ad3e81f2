/// Writes records as lines of JSON: the same bytes for the same record, always.
extension Record {
    /// Appends the record's object, without a line's end.
    public func append(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: #"{"id":"#.utf8)
        JSONText.append(id, to: &bytes)
        bytes.append(contentsOf: #","text":"#.utf8)
        JSONText.append(text, to: &bytes)
        bytes.append(contentsOf: #","labels":"#.utf8)
        labels.append(to: &bytes)
        bytes.append(contentsOf: #","provenance":"#.utf8)
        provenance.append(to: &bytes)
        bytes.append(contentsOf: #","metadata":"#.utf8)
        bytes.append(contentsOf: metadata)
        bytes.append(UInt8(ascii: "}"))
    }

    /// The record's object, without a line's end.
    public var json: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + metadata.count + 256)
        append(to: &bytes)
        return bytes
    }
}

extension Labels {
    func append(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        for (index, label) in known.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONText.append(label.category, to: &bytes)
            bytes.append(contentsOf: label.value ? ":1".utf8 : ":0".utf8)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// The labels as a JSON object of zeros and ones.
    public var json: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }
}

extension Provenance {
    func append(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: #"{"source":"#.utf8)
        JSONText.append(source.rawValue, to: &bytes)
        Self.append(#","category":"#, category, to: &bytes)
        Self.append(#","parent_id":"#, parentID, to: &bytes)
        Self.append(#","root_id":"#, rootID, to: &bytes)
        Self.append(#","set_id":"#, setID, to: &bytes)
        Self.append(#","template":"#, template, to: &bytes)
        Self.append(#","model":"#, model, to: &bytes)
        Self.append(#","reply":"#, reply, to: &bytes)
        bytes.append(contentsOf: #","operators":"#.utf8)
        if let operators {
            bytes.append(contentsOf: operators)
        } else {
            bytes.append(contentsOf: "null".utf8)
        }
        Self.append(#","labelled_by":"#, labelledBy, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    private static func append(_ key: StaticString, _ value: String?, to bytes: inout [UInt8]) {
        bytes.append(
            contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        if let value {
            JSONText.append(value, to: &bytes)
        } else {
            bytes.append(contentsOf: "null".utf8)
        }
    }
}
