extension Taxonomy {
    /// SHA-256 over every field, in a form of its own: part of each stage's fingerprint, so that a
    /// changed taxonomy runs the stages again and a renamed Swift property does not.
    public var digest: SHA256.Digest {
        var object = JSONObject()
        object["name"] = .string(name)
        object["version"] = .integer(version)
        object["single_label"] = .boolean(isSingleLabel)
        object["platform_prefix"] = .boolean(hasPlatformPrefix)
        object["categories"] = .array(categories.map(\.canonicalBytes))
        return SHA256.hash(object.bytes)
    }
}

extension Category {
    /// Every field as JSON, in a fixed order.
    fileprivate var canonicalBytes: [UInt8] {
        var object = JSONObject()
        object["id"] = .string(id)
        object["title"] = .string(title)
        object["severity"] = .string(severity.rawValue)
        object["synthesis"] = .string(synthesis.rawValue)
        object["definition"] = .string(definition)
        object["not"] = .strings(not)
        object["borderline"] = .strings(borderline)
        object["examples"] = .array(examples.map(\.canonicalBytes))
        object["implies"] = .strings(implies)
        object["merge_into"] = mergeInto.map { .string($0) } ?? .null
        object["merge_below_rows"] = .integer(mergeBelowRows)
        return object.bytes
    }
}

extension Category.Example {
    fileprivate var canonicalBytes: [UInt8] {
        var object = JSONObject()
        object["text"] = .string(text)
        object["label"] = .boolean(label)
        object["why"] = .string(why)
        return object.bytes
    }
}
