import Foundation
import Records

/// Real data and models that are no part of the repository; tests that need them are skipped
/// where they are missing.
enum SharedData {
    /// The folder `shared`: CURATE_SHARED, or a sibling of a folder above this file.
    static let folder: String? = {
        if let given = ProcessInfo.processInfo.environment["CURATE_SHARED"] { return given }
        var at = URL(fileURLWithPath: #filePath)
        while at.path != "/" {
            at.deleteLastPathComponent()
            let shared = at.appendingPathComponent("shared").path
            if FileManager.default.fileExists(atPath: shared + "/data") { return shared }
        }
        return nil
    }()

    static let model: String = {
        var at = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { at.deleteLastPathComponent() }
        return at.path + "/models/all-MiniLM-L6-v2"
    }()

    static let hasModel = FileManager.default.fileExists(atPath: model + "/model.safetensors")

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
