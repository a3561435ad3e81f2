internal import Records
internal import Yams

/// Which lexicons stand in for the categories of other taxonomies: `corpora/lexicons/aliases.yaml`.
///
/// ```yaml
/// taxonomies:
///   voice-6:
///     otherwise: NoViolation                 # when nothing else reaches the threshold
///     categories:
///       Bullying: [harassment, threats]      # the largest of their scores
///       NoViolation: []                      # no lexicon speaks for it: unknown
///     all_of:
///       hate/threatening: [hate_speech, threats]   # the smallest of their scores
/// ```
struct LexiconAliases: Sendable {
    static let fileName = "aliases.yaml"

    private struct Sum: Sendable {
        var category: String
        var lexicons: [String]
        var needsAll: Bool
    }

    private struct Names: Sendable {
        var sums: [Sum] = []
        var otherwise: String?
    }

    /// In the order of the file; a category of several taxonomies is the first one's.
    private var taxonomies: [Names] = []

    init() {}

    /// - Parameter lexicons: the categories that have one.
    init(_ path: String, lexicons: [String]) throws(Fault) {
        let root = try YAMLText.compose(try TextFile.read(path), file: path)
        guard let root, let named = root["taxonomies"]?.mapping else {
            throw Fault(
                .configuration, "the file has no mapping `taxonomies`", at: .file(path))
        }
        var reader = Reader(path: path, lexicons: lexicons)
        for (_, node) in named { taxonomies.append(reader.names(node)) }
        if let fault = Fault.combined(reader.faults) { throw fault }
    }

    private struct Reader {
        let path: String
        let lexicons: [String]
        var faults: [Fault] = []

        mutating func names(_ node: Node) -> Names {
            var names = Names(sums: [], otherwise: node["otherwise"]?.scalar?.string)
            for (key, needsAll) in [("categories", false), ("all_of", true)] {
                for (category, list) in node[key]?.mapping ?? [:] {
                    names.sums.append(
                        Sum(
                            category: category.scalar?.string ?? "",
                            lexicons: list.array().compactMap { lexicon($0) },
                            needsAll: needsAll))
                }
            }
            names.sums.removeAll { $0.lexicons.isEmpty }
            return names
        }

        private mutating func lexicon(_ node: Node) -> String? {
            let name = node.scalar?.string ?? ""
            if lexicons.contains(name) { return name }
            faults.append(
                Fault(
                    .configuration, "there is no lexicon `\(name)`",
                    at: .file(path, line: node.mark?.line, column: node.mark?.column),
                    hint: NearestName.hint(name, in: lexicons)))
            return nil
        }
    }

    /// The score of every alias, from the lexicons' own.
    func scores(_ own: [String: Double]) -> [(name: String, score: Double)] {
        var result: [(name: String, score: Double)] = []
        for names in taxonomies {
            var highest = 0.0
            var first = result.count
            for sum in names.sums {
                let parts = sum.lexicons.compactMap { own[$0] }
                guard let score = sum.needsAll ? parts.min() : parts.max() else { continue }
                highest = max(highest, score)
                result.append((sum.category, score))
            }
            if let otherwise = names.otherwise {
                // It is what nothing else is: below the threshold as soon as another reaches it.
                let rest = 1 - highest
                let isTaken = highest >= Labelling.threshold
                result.append((otherwise, isTaken ? min(rest, 1 - Self.above) : rest))
            }
            while first < result.count {
                if result[..<first].contains(where: { $0.name == result[first].name }) {
                    result.remove(at: first)
                } else {
                    first += 1
                }
            }
        }
        return result
    }

    /// The smallest number above the threshold.
    private static let above = Labelling.threshold.nextUp
}
