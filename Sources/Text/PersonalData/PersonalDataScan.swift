/// A text under the eye of ``PersonalData``, and what its shapes share.
struct PersonalDataScan {
    struct Found {
        var kind: PersonalData.Kind
        var range: Range<Int>
    }

    let bytes: UnsafeRawBufferPointer
    /// Where the last find ended: nothing before it is looked at again.
    let floor: Int

    /// The byte at a place, 0 outside the text.
    func byte(_ at: Int) -> UInt8 {
        at >= 0 && at < bytes.count ? bytes[at] : 0
    }

    /// The byte before a place as a neighbour sees it: what was masked ends in `]`.
    func before(_ at: Int) -> UInt8 {
        at > floor ? bytes[at - 1] : (floor > 0 ? UInt8(ascii: "]") : 0)
    }

    /// The end of the run of bytes that `matches` takes, at most `limit` long.
    func end(of start: Int, limit: Int = .max, _ matches: (UInt8) -> Bool) -> Int {
        var at = start
        let stop = limit < bytes.count - start ? start + limit : bytes.count
        while at < stop, matches(bytes[at]) { at += 1 }
        return at
    }

    /// The start of the run of bytes before `end` that `matches` takes, at most `limit` long.
    func start(before end: Int, limit: Int, _ matches: (UInt8) -> Bool) -> Int {
        var at = end
        while at > floor, end - at < limit, matches(bytes[at - 1]) { at -= 1 }
        return at
    }

    /// Where to look on after nothing was found at `at`: no shape starts inside a run of digits.
    func afterMiss(_ at: Int) -> Int {
        Ascii.isDigit(bytes[at]) ? end(of: at) { Ascii.isDigit($0) } : at + 1
    }
}
