/// Why an answer that is JSON does not fit what was asked for.
public struct Misfit: Error, Sendable, Equatable {
    /// An identifier for statistics and messages; never text of the answer.
    public var code: String

    public init(_ code: String) { self.code = code }

    /// The answer holds no JSON at all.
    static let notJSON = Misfit("not_json")
    /// Two documents fit and say different things.
    static let ambiguous = Misfit("ambiguous")
}

/// Takes the one value that fits out of the documents of an answer.
enum AnswerFit {
    /// Objects and arrays around the answer that are looked through.
    private static let deepest = 3

    /// - Throws: ``Misfit/notJSON`` without any document, ``Misfit/ambiguous`` when two different
    ///   values fit, and otherwise what the last document lacks.
    static func value<Value: Equatable>(
        in documents: [String], _ validate: (String) throws(Misfit) -> Value
    ) throws(Misfit) -> Value {
        var found: Value?
        var misfit: Misfit?
        for document in documents {
            let value: Value
            do throws(Misfit) {
                value = try Self.value(of: document, depth: 0, validate)
            } catch {
                if error == .ambiguous { throw error }
                misfit = error
                continue
            }
            if let found, found != value { throw .ambiguous }
            found = value
        }
        if let found { return found }
        throw misfit ?? .notJSON
    }

    /// The document itself, or else what it is wrapped around.
    private static func value<Value: Equatable>(
        of document: String, depth: Int, _ validate: (String) throws(Misfit) -> Value
    ) throws(Misfit) -> Value {
        let misfit: Misfit
        do throws(Misfit) {
            return try validate(document)
        } catch {
            misfit = error
        }
        let inner = depth < deepest ? EmbeddedJSON.inner(of: document) : []
        if inner.isEmpty { throw misfit }
        var found: Value?
        var last = misfit
        for document in inner {
            do throws(Misfit) {
                let value = try Self.value(of: document, depth: depth + 1, validate)
                if let found, found != value { throw Misfit.ambiguous }
                found = value
            } catch {
                if error == .ambiguous { throw error }
                last = error
            }
        }
        if let found { return found }
        // Of several inner values none is the one that was meant.
        throw inner.count == 1 ? last : misfit
    }
}
