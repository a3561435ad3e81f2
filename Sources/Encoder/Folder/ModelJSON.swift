internal import FoundationEssentials
internal import Glibc
internal import Records

/// Reads one of a model folder's JSON files, and names the field when it is not what it should be.
func decodeModelJSON<Value: Decodable>(
    _ type: Value.Type, _ bytes: UnsafeRawBufferPointer, path: String
) throws(Fault) -> Value {
    do {
        return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DecodingError {
        throw Fault(.configuration, sentence(for: error), at: .file(path))
    } catch {
        throw Fault(.configuration, "the file is not readable JSON", at: .file(path))
    }
}

func decodeModelJSON<Value: Decodable>(
    _ type: Value.Type, path: String
) throws(Fault) -> Value {
    let file = try MappedFile.ofModel(path)
    defer { withExtendedLifetime(file) {} }
    return try decodeModelJSON(type, file.bytes, path: path)
}

/// Whether a model folder has this optional file.
func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

private func sentence(for error: DecodingError) -> String {
    func name(_ path: [any CodingKey]) -> String {
        path.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .typeMismatch(_, let context):
        "the field '\(name(context.codingPath))' has the wrong type"
    case .keyNotFound(let key, let context):
        "the field '\(name(context.codingPath + [key]))' is missing"
    case .valueNotFound(_, let context):
        "the field '\(name(context.codingPath))' is null"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
        "the field '\(name(context.codingPath))' cannot be read"
    default: "the file is not readable JSON"
    }
}
