internal import Perturbation
internal import Records
internal import Text

/// The words of lexicons: what perturbations aim at, and what they must not produce.
enum SalientWords {
    private static let shortestWord = 3

    /// The lexicons of a folder, or of the folders in it; the sentiment list is none.
    static func files(in folder: String) throws(Fault) -> [String] {
        func lexicons(_ folder: String) throws(Fault) -> [String] {
            try TextFile.names(in: folder, suffix: ".tsv").filter { $0 != "sentiment.tsv" }
                .map { "\(folder)/\($0)" }
        }
        var found = try lexicons(folder)
        if found.isEmpty {
            for name in try TextFile.names(in: folder, suffix: "") where !name.contains(".") {
                found += (try? lexicons("\(folder)/\(name)")) ?? []
            }
        }
        if found.isEmpty {
            throw Fault(
                .configuration, "the folder holds no lexicons", at: .file(folder),
                hint: "a lexicon is a file `<category>.tsv`; `salient_share: 0` needs none")
        }
        return found
    }

    /// Every word of every phrase, and the phrases that are one word.
    static func read(_ folder: String) throws(Fault) -> (salient: WordSet, terms: WordSet) {
        var words: [String] = []
        var terms: [String] = []
        for path in try files(in: folder) {
            for entry in try Lexicon(path: path, category: path).entries {
                let parts = entry.phrase.split { !$0.isLetter && $0 != "'" && $0 != "-" }
                    .filter { $0.count >= shortestWord }.map(String.init)
                words += parts
                if parts.count == 1, parts[0] == entry.phrase { terms += parts }
            }
        }
        return (WordSet(words), WordSet(terms))
    }
}
