/// The provenance of a child as JSON: the fields of robustness reference 1.8.
extension Perturbed {
    /// One object in ASCII; invisible and right-to-left controls are thus always escaped.
    ///
    /// The split is inherited by whoever writes the record.
    public var provenanceJSON: [UInt8] {
        let json = JSONText()
        json.raw("{\"id\":").string(id)
        json.raw(",\"parent_id\":").string(parentID)
        json.raw(",\"parent_sha256\":").string(parentSHA256)
        json.raw(",\"label_policy\":").string(labelPolicy.rawValue)
        json.raw(",\"variant\":\(variant),\"chain\":")
        json.bytes += chainJSON
        json.raw(",\"undo\":").string(undo.rawValue)
        json.raw(",\"norm_recoverable\":\(isNormaliserRecoverable),\"fold_dist\":\(foldDistance)")
        json.raw(",\"gates\":[")
        for (index, gate) in Gates.names.enumerated() {
            json.raw(index == 0 ? "" : ",").string(gate)
        }
        json.raw("]}")
        return json.bytes
    }

    /// The steps alone, as a JSON array: what a record's `operators` holds.
    ///
    /// Every array holds values of one type, so that `datasets.load_dataset("json")` finds one
    /// schema: an edit is an object, a parameter a string.
    public var chainJSON: [UInt8] {
        let json = JSONText()
        json.raw("[")
        for (index, step) in steps.enumerated() {
            json.raw(index == 0 ? "{\"op\":" : ",{\"op\":").string(step.op)
            json.raw(",\"ver\":\(step.version),\"params\":{\"variant\":").string(step.variant)
            json.raw(",\"chance\":").string("\(step.chance)").raw("},\"seed\":")
            json.string(String(step.seed, radix: 16)).raw(",\"edits\":[")
            for (index, edit) in step.edits.enumerated() {
                json.raw(index == 0 ? "" : ",").raw("{\"start\":\(edit.start)")
                json.raw(",\"end\":\(edit.end),\"old\":").string(edit.old)
                json.raw(",\"new\":").string(edit.new).raw("}")
            }
            json.raw("],\"n_edits\":\(step.editCount),\"char_frac\":\(step.letterShare)")
            json.raw(",\"word_frac\":\(step.wordShare)}")
        }
        json.raw("]")
        return json.bytes
    }
}

/// JSON text in ASCII.
private final class JSONText {
    var bytes: [UInt8] = []

    @discardableResult
    func raw(_ text: String) -> Self {
        bytes += text.utf8
        return self
    }
}

extension JSONText {
    @discardableResult
    func string(_ text: String) -> Self {
        bytes.append(0x22)
        for unit in text.utf16 {
            switch unit {
            case 0x22, 0x5C:
                bytes += [0x5C, UInt8(unit)]
            case 0x20..<0x7F:
                bytes.append(UInt8(unit))
            default:
                let digits = Array("0123456789abcdef".utf8)
                bytes += [0x5C, 0x75]
                for shift in [12, 8, 4, 0] as [UInt16] {
                    bytes.append(digits[Int(unit >> shift & 15)])
                }
            }
        }
        bytes.append(0x22)
        return self
    }
}
