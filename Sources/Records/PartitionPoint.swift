/// The first of the places `0..<count` of which `isBefore` is false, `count` for none: by halving,
/// so `isBefore` has to be true of the places up to there.
@inlinable public func partitionPoint(_ count: Int, isBefore: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
        let middle = (low + high) / 2
        if isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
}
