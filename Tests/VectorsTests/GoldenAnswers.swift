import Foundation
import Testing

/// Golden files of the folder `shared` that lies beside the project, or where CURATE_SHARED says.
///
/// Tests that need them are skipped where the folder is missing.
enum GoldenAnswers {
    static let folder: URL? = {
        let manager = FileManager.default
        if let path = ProcessInfo.processInfo.environment["CURATE_SHARED"] {
            let url = URL(fileURLWithPath: path).appendingPathComponent("golden")
            return manager.fileExists(atPath: url.path) ? url : nil
        }
        var at = URL(fileURLWithPath: #filePath)
        while at.path != "/" {
            at.deleteLastPathComponent()
            let url = at.appendingPathComponent("shared/golden")
            if manager.fileExists(atPath: url.path) { return url }
        }
        return nil
    }()

    static var areMissing: Bool { folder == nil }

    static func read<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
        let url = try #require(folder).appendingPathComponent(name)
        return try JSONDecoder().decode(type, from: Data(contentsOf: url))
    }
}
