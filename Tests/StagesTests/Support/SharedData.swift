import Foundation
import Records

/// Real data that lies outside the repository.
///
/// It is `CURATE_SHARED`, or a folder `shared` above this one.
/// Tests that need it are skipped where there is none.
enum SharedData {
    static let folder: String? = {
        if let path = ProcessInfo.processInfo.environment["CURATE_SHARED"] { return path }
        var at = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while at.path != "/" {
            at.deleteLastPathComponent()
            let path = at.appendingPathComponent("shared").path
            if FileManager.default.fileExists(atPath: path + "/data") { return path }
        }
        return nil
    }()

    static func path(_ name: String) -> String? {
        guard let folder else { return nil }
        let path = "\(folder)/\(name)"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    /// The objects of a file of JSON lines, packed or not, as far as `isWanted` says.
    static func objects(_ path: String, limit: Int = .max) throws -> [[String: Any]] {
        var reader = try LineReader(path: path)
        var block = LineBlock()
        var objects: [[String: Any]] = []
        while objects.count < limit, try reader.read(into: &block, rows: 1_000) {
            for line in block.lines where !line.isEmpty && objects.count < limit {
                let data = Data(block.bytes[line.range])
                objects.append(
                    try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:])
            }
        }
        return objects
    }

    /// The folder of the sentence encoder: `CURATE_SHARE`, or the repository's own.
    static let model: String? = {
        let home =
            ProcessInfo.processInfo.environment["CURATE_SHARE"]
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../..").standardized.path
        let path = home + "/models/all-MiniLM-L6-v2"
        return FileManager.default.fileExists(atPath: path + "/model.safetensors") ? path : nil
    }()

    static var hasModel: Bool { model != nil }

    /// The objects of a file of `shared/data`, each passed to `body`.
    static func lines<Value>(
        _ name: String, most: Int = .max, _ body: ([String: Any]) -> Value?
    ) throws -> [Value] {
        var reader = try LineReader(path: "\(folder ?? "")/data/\(name)")
        var values: [Value] = []
        var block = LineBlock()
        while values.count < most, try reader.read(into: &block) {
            for line in block.lines where values.count < most {
                let object = try JSONSerialization.jsonObject(with: Data(block.bytes[line.range]))
                if let value = (object as? [String: Any]).flatMap(body) { values.append(value) }
            }
        }
        return values
    }

    /// Rows of one label each.
    static func records(_ name: String, most: Int = .max) throws -> [Record] {
        try lines(name, most: most) { object in
            guard let id = object["id"] as? String, let text = object["text"] as? String else {
                return nil
            }
            let label = object["label"] as? String
            return Record(id: id, text: text, labels: Labels(label.map { [$0: true] } ?? [:]))
        }
    }
}
