internal import Normalization

/// Extended grapheme clusters: Unicode Standard Annex 29, section 3.1.1, as the crate
/// unicode-segmentation has them.
enum GraphemeClusters {
    private typealias Property = ScalarClass.Cluster

    /// What of the cluster so far decides whether it goes on.
    private struct State {
        var last: Property
        var scalar: UInt32
        /// A pictograph with nothing but extenders after it.
        var pictograph: Bool
        /// The same with a joiner at its end.
        var joined = false
        /// Regional indicators at its end are odd in number.
        var oddRegional: Bool
        /// A consonant, then extenders, one linker at least among them.
        var consonant: Bool
        var linked = false
    }

    /// Where the cluster that begins at `start` ends.
    static func end(_ text: Bytes, from start: Int, _ table: ScalarTable) -> Int {
        let (first, length) = decodeScalar(text, at: start)
        let property = ScalarClass(rawValue: table[first]).cluster
        var state = State(
            last: property, scalar: first, pictograph: property == .pictographic,
            oddRegional: property == .regional, consonant: property == .consonant)
        var end = start + length
        while end < text.count {
            let (scalar, length) = decodeScalar(text, at: end)
            let next = ScalarClass(rawValue: table[scalar]).cluster
            if !goesOn(state, next, scalar) { break }
            advance(&state, next, scalar)
            end += length
        }
        return end
    }

    private static func isExtend(_ property: Property) -> Bool {
        property == .extend || property == .linker || property == .extendNoLink
    }

    private static func goesOn(_ state: State, _ next: Property, _ scalar: UInt32) -> Bool {
        switch state.last {
        case .carriageReturn: return next == .lineFeed
        case .control, .lineFeed: return false
        default: break
        }
        switch next {
        case .carriageReturn, .lineFeed, .control: return false
        case .joiner, .spacing: return true
        case _ where isExtend(next): return true
        default: break
        }
        if state.last == .prepend { return true }
        if joinsHangul(state, next, scalar) { return true }
        if next == .consonant, state.consonant, state.linked { return true }
        if next == .pictographic, state.joined { return true }
        return next == .regional && state.last == .regional && state.oddRegional
    }

    private static func joinsHangul(_ state: State, _ next: Property, _ scalar: UInt32) -> Bool {
        func isSyllable(_ scalar: UInt32) -> Bool { scalar >= 0xAC00 && scalar <= 0xD7A3 }
        let isOpen = isSyllable(state.scalar) && (state.scalar - 0xAC00) % 28 == 0
        switch state.last {
        case .leading: return next == .leading || next == .vowel || isSyllable(scalar)
        case .vowel: return next == .vowel || next == .trailing
        case .trailing: return next == .trailing
        default:
            if isOpen, next == .vowel { return true }
            return isSyllable(state.scalar) && next == .trailing
        }
    }

    private static func advance(_ state: inout State, _ next: Property, _ scalar: UInt32) {
        state.joined = next == .joiner && state.pictograph
        state.pictograph = next == .pictographic || (state.pictograph && isExtend(next))
        state.oddRegional = next == .regional && !state.oddRegional
        if next == .consonant {
            state.consonant = true
            state.linked = false
        } else if next == .linker {
            state.linked = state.consonant
        } else if next != .extend, next != .joiner {
            state.consonant = false
            state.linked = false
        }
        state.last = next
        state.scalar = scalar
    }
}
