public import Records
public import Testing

/// Holds summaries of parts to the law of ``Mergeable``: merged in any order, and in any groups,
/// they have the same bytes, and bytes give the value back.
///
/// - Parameters:
///   - parts: Summaries of different rows.
///   - empty: The summary of no rows.
public func checkMergeable<Summary: Mergeable>(
    _ parts: [Summary], empty: Summary, rounds: UInt64 = 8,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    for part in parts + [empty] {
        let bytes = part.portableBytes
        #expect(
            try Summary(portableBytes: bytes).portableBytes == bytes, "bytes give the value back",
            sourceLocation: sourceLocation)
        try checkRefusesDamage(Summary.self, bytes, sourceLocation: sourceLocation)
    }
    let inOrder = merged(parts, into: empty).portableBytes
    for round in 0..<rounds {
        var draws = CounterRNG(seed: round, purpose: "laws", id: "mergeable")
        var shuffled = parts
        for at in shuffled.indices.reversed() {
            shuffled.swapAt(at, Int(draws.next() % UInt64(at + 1)))
        }
        #expect(
            merged(shuffled, into: empty).portableBytes == inOrder, "merge is commutative",
            sourceLocation: sourceLocation)
        // Groups of parts, each merged and sent as bytes before the groups are merged.
        var groups: [Summary] = [empty, empty, empty]
        for part in shuffled { groups[Int(draws.next() % 3)].merge(part) }
        let received = try groups.map { try Summary(portableBytes: $0.portableBytes) }
        #expect(
            merged(received, into: empty).portableBytes == inOrder, "merge is associative",
            sourceLocation: sourceLocation)
    }
}

/// Holds a value that steps hand on to its law: bytes give the value back, to the last bit.
public func checkPortable<Value: Portable>(
    _ value: Value, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let bytes = value.portableBytes
    #expect(
        try Value(portableBytes: bytes).portableBytes == bytes, sourceLocation: sourceLocation)
    try checkRefusesDamage(Value.self, bytes, sourceLocation: sourceLocation)
}

/// Bytes that are cut short are refused with a fault.
private func checkRefusesDamage<Value: Portable>(
    _ type: Value.Type, _ bytes: [UInt8], sourceLocation: SourceLocation
) throws {
    if bytes.isEmpty { return }
    #expect(throws: Fault.self, sourceLocation: sourceLocation) {
        _ = try Value(portableBytes: Array(bytes.dropLast()))
    }
    #expect(throws: Fault.self, sourceLocation: sourceLocation) {
        _ = try Value(portableBytes: bytes + [0])
    }
}

private func merged<Summary: Mergeable>(_ parts: [Summary], into empty: Summary) -> Summary {
    parts.reduce(into: empty) { $0.merge($1) }
}
