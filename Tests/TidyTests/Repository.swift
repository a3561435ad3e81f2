import Foundation

/// The repository's own files: what git would track, found without asking git.
enum Repository {
    struct File: Sendable {
        /// From the root.
        var path: String
        var bytes: Int
    }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Names that .gitignore leaves out, and git's own.
    private static let ignored: Set<String> = [
        ".git", ".build", "models", "out", "bin", "Package.resolved", "__pycache__", ".venv",
    ]

    /// Every file, sorted; links are not followed.
    static let files: [File] = walk("").sorted { $0.path < $1.path }

    static let swiftFiles: [SourceFile] = files.compactMap { file in
        guard file.path.hasSuffix(".swift"),
            file.path.hasPrefix("Sources/") || file.path.hasPrefix("Tests/")
        else { return nil }
        return text(file.path).map { SourceFile(path: file.path, text: $0) }
    }

    static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: "\(root)/\(path)")
            .flatMap { String(data: $0, encoding: .utf8) }
    }

    static func folders(in path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(path)")) ?? []
        return names.sorted().filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(
                atPath: "\(root)/\(path)/\(name)", isDirectory: &isFolder) && isFolder.boolValue
        }
    }

    private static func walk(_ folder: String) -> [File] {
        let here = folder.isEmpty ? root : "\(root)/\(folder)"
        var found: [File] = []
        for name in (try? FileManager.default.contentsOfDirectory(atPath: here)) ?? []
        where !ignored.contains(name) && !name.hasSuffix(".profraw") {
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(root)/\(path)")
            switch attributes?[.type] as? FileAttributeType {
            case .typeDirectory?: found += walk(path)
            case .typeRegular?:
                found.append(File(path: path, bytes: attributes?[.size] as? Int ?? 0))
            default: break
            }
        }
        return found
    }
}
