internal import Records

extension SentenceEncoder {
    static func fingerprint(
        _ settings: ModelSettings, _ precision: Precision, vocabulary: MappedFile,
        weights: MappedFile
    ) -> String {
        var hash = SHA256()
        hash.update("curate sentence encoder \(version)\n\(settings.canonical)\n")
        hash.update("precision=\(precision.rawValue)\n")
        for file in [vocabulary, weights] {
            hash.update("\(file.bytes.count)\n")
            hash.update(file.bytes)
        }
        return hash.finish().hex
    }
}
