internal import Glibc

/// Byte strings found by walking: a trie in a double array (Aoe 1989, "An Efficient Digital
/// Search Algorithm by Using a Double-Array Structure").
struct DoubleArray: Sendable {
    /// Eight bytes, of which a look-up reads one at each step from a place of its own: what counts
    /// is how many of them a cache holds.
    private struct Unit: Sendable {
        /// A child's place is this and its byte; twice that, and one more when a key ends here.
        var link: Int32 = 0
        /// The parent's place, -1 in a free one.
        var parent: Int32 = -1

        var base: Int32 {
            get { link >> 1 }
            set { link = newValue << 1 | link & 1 }
        }
    }

    private let units: [Unit]
    /// The key that ends at a place.
    private let values: [Int32]

    /// Keys by number; empty ones are left out, of equal ones the last counts.
    init(_ keys: [[UInt8]]) {
        var builder = Builder()
        builder.build(keys)
        units = builder.units
        values = builder.values
    }

    /// Calls `body` with the end and number of every key that begins at `start`, shortest first.
    @inline(__always) func prefixes(_ text: Bytes, from start: Int, _ body: (Int, Int32) -> Void) {
        units.withUnsafeBufferPointer { units in
            var place: Int32 = 0
            var index = start
            while index < text.count {
                let next = units[Int(place)].base &+ Int32(text[index])
                let unit = units[Int(next)]
                if unit.parent != place { return }
                index &+= 1
                if unit.link & 1 != 0 { body(index, values[Int(next)]) }
                place = next
            }
        }
    }

    /// The number of a key, nil for none.
    func value(_ key: Bytes) -> Int32? {
        units.withUnsafeBufferPointer { units in
            var place: Int32 = 0
            for byte in key {
                let next = units[Int(place)].base + Int32(byte)
                if units[Int(next)].parent != place { return nil }
                place = next
            }
            return units[Int(place)].link & 1 != 0 ? values[Int(place)] : nil
        }
    }

    private struct Builder {
        /// At least 256 free units follow the last base.
        var units: [Unit] = [Unit(parent: -2)]
        var values: [Int32] = [-1]
        /// Free places, linked; 0 is the list's head.
        private var next: [Int32] = [0]
        private var previous: [Int32] = [0]
        /// A node of several children tries so many places before it goes to the end: what is
        /// left over is filled by nodes of one child.
        private static let tries = 32

        mutating func build(_ keys: [[UInt8]]) {
            let order = keys.indices.filter { !keys[$0].isEmpty }.sorted {
                let (one, other) = (keys[$0], keys[$1])
                let result = memcmp(one, other, min(one.count, other.count))
                return (result, one.count, $0) < (0, other.count, $1)
            }
            // Parts of `order` with the same first bytes, and their place.
            var open = [(part: order[...], depth: 0, place: 0)]
            while let (part, depth, place) = open.popLast() {
                var rest = part
                while let key = rest.first, keys[key].count == depth {
                    units[place].link |= 1
                    values[place] = Int32(key)
                    rest.removeFirst()
                }
                if rest.isEmpty { continue }
                var children: [(byte: UInt8, part: ArraySlice<Int>)] = []
                var from = rest.startIndex
                for index in rest.indices {
                    let last = index + 1 == rest.endIndex
                    if last || keys[rest[index + 1]][depth] != keys[rest[index]][depth] {
                        children.append((keys[rest[index]][depth], rest[from...index]))
                        from = index + 1
                    }
                }
                let base = makeRoom(for: children.map(\.byte), below: place)
                for child in children {
                    open.append((child.part, depth + 1, base + Int(child.byte)))
                }
            }
            grow(to: units.count + 256)
        }

        /// Takes places for the children of a node and returns their base.
        private mutating func makeRoom(for bytes: [UInt8], below parent: Int) -> Int {
            let first = Int(bytes[0])
            var tries = 0
            var free = Int(next[0])
            var base = max(units.count - first, 1)
            while free != 0, tries < Self.tries {
                let candidate = free - first
                if candidate > 0, bytes.allSatisfy({ isFree(candidate + Int($0)) }) {
                    base = candidate
                    break
                }
                free = Int(next[free])
                tries += 1
            }
            grow(to: base + 256)
            units[parent].base = Int32(base)
            for byte in bytes { take(base + Int(byte), parent) }
            return base
        }

        private func isFree(_ place: Int) -> Bool {
            place >= units.count || units[place].parent == -1
        }

        private mutating func grow(to count: Int) {
            while units.count < count {
                let place = Int32(units.count)
                units.append(Unit())
                values.append(-1)
                let last = previous[0]
                next.append(0)
                previous.append(last)
                next[Int(last)] = place
                previous[0] = place
            }
        }

        private mutating func take(_ place: Int, _ parent: Int) {
            units[place].parent = Int32(parent)
            next[Int(previous[place])] = next[place]
            previous[Int(next[place])] = previous[place]
        }
    }
}
