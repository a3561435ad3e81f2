internal import Records

extension Operator.Scene {
    /// Indices of words that are followed, after one space, by another word; both unprotected.
    ///
    /// Stop words count as protected only for letters, so gaps beside them stay closed too: the
    /// operators on gaps never touch a negator.
    var gaps: [Int] {
        passage.words.indices.dropLast().filter { index in
            let (left, right) = (passage.words[index], passage.words[index + 1])
            return !left.isProtected && !right.isProtected && right.start == left.end + 1
                && passage.bytes[left.end] == 0x20
        }
    }

    /// Gaps one application may edit: at most a share of all, at least one.
    func most(_ gaps: [Int], _ share: Double) -> Int {
        max(1, Int(share * settings.maximumWordShare * Double(gaps.count)))
    }

    /// Whether two words written together read as another word.
    func joinCollides(_ left: TokenizedText.Word, _ right: TokenizedText.Word) -> Bool {
        let joined = Fold.skeleton(
            Array(passage.bytes[left.start..<left.end] + passage.bytes[right.start..<right.end]))
        return Gates.collides(joined, [], settings)
    }
}

extension Operator {
    /// Spaces between neighbours gone.
    static let wordJoin = Operator(
        "word-join", .deletion, "two words as one: selfishclowns", undo: .log, label: .inherit,
        bounds: .joined, chance: 0.3,
        .passage { scene, draws, draft in
            let gaps = scene.gaps
            if gaps.isEmpty { return }
            let target = 1 + draws.below(scene.most(gaps, 1))
            var last = -2
            for gap in draws.sample(target, of: gaps).sorted() where gap > last + 1 {
                let (left, right) = (scene.passage.words[gap], scene.passage.words[gap + 1])
                if left.letters + right.letters > 25 || scene.joinCollides(left, right) { continue }
                draft.replace(left.end..<right.start, with: EmptyCollection())
                last = gap
            }
        })

    /// Spaces between neighbours to a sign.
    static let spaceSymbol = Operator(
        "space-symbol", .deletion, "signs for spaces: selfish_clowns", undo: .inverse,
        label: .inherit, bounds: .joined, variants: ["any", "underscore", "dash"],
        .passage { scene, draws, draft in
            let gaps = scene.gaps
            if gaps.isEmpty { return }
            let signs: [UInt8] = [0x5F, 0x2D]
            let sign = signs[scene.knobs.variant == 0 ? draws.below(2) : scene.knobs.variant - 1]
            let target = 1 + draws.below(scene.most(gaps, 1))
            for gap in draws.sample(target, of: gaps) {
                let left = scene.passage.words[gap]
                draft.replace(left.end..<left.end + 1, with: sign)
            }
        })

    /// Two to four neighbours as one hashtag in camel case.
    static let hashtagify = Operator(
        "hashtagify", .deletion, "neighbours as a hashtag: #SelfishClowns", undo: .inverse,
        label: .inherit, bounds: .joined,
        .passage { scene, draws, draft in
            guard let first = draws.pick(scene.gaps) else { return }
            let gaps = scene.gaps
            var last = first
            let wanted = 1 + draws.below(3)
            while last - first + 1 < wanted, gaps.contains(last + 1) { last += 1 }
            let words = scene.passage.words[first...last + 1]
            if words.reduce(0, { $0 + $1.letters }) > 25 { return }
            let bytes = scene.passage.bytes
            let start = words[first].start
            if start > 0, !bytes[start - 1].isASCIISpace { return }
            draft.insert(CollectionOfOne(0x23), at: start)
            for index in first...last + 1 {
                let word = scene.passage.words[index]
                if index > first { draft.replace(word.start - 1..<word.start, with: []) }
                let head = bytes[word.start]
                if word.isASCII, !head.isASCIIUpper {
                    draft.replace(word.start..<word.start + 1, with: head & 0xDF)
                }
            }
        })
}

extension Operator.Bounds {
    /// Gaps between words; the letters stay.
    static var joined: Self {
        var bounds = Self()
        bounds.minimumLetters = 1
        bounds.foldDistance = 0
        return bounds
    }
}
