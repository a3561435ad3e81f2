internal import Counterfactual
internal import Records

/// The files of identity terms and other subjects: corpora/subjects, or a folder like it.
enum SubjectFiles {
    static func paths(_ folder: String) throws(Fault) -> [String] {
        let names = try TextFile.names(in: folder, suffix: ".yaml")
        if names.isEmpty {
            throw Fault(.configuration, "the folder holds no subjects", at: .file(folder))
        }
        return names.map { "\(folder)/\($0)" }
    }

    static func read(_ folder: String) throws(Fault) -> [Subject] {
        var subjects: [Subject] = []
        for path in try paths(folder) {
            subjects += try Counterfactual.Ingredients.subjects(
                yaml: try TextFile.read(path), file: path)
        }
        return subjects
    }
}
