public import Records

extension Endpoint {
    /// The key under which the ledger keeps the answer to a question, if it was ever asked here.
    ///
    /// - Throws: `.configuration` for a request no endpoint could answer.
    public func key(of request: ChatRequest) throws(Fault) -> SHA256.Digest {
        try ChatCall.make(request, self).key
    }

    /// The same for the moderation of a text.
    ///
    /// - Throws: `.badData` for an empty text.
    public func key(ofModerating text: String) throws(Fault) -> SHA256.Digest {
        try OpenAIModerations.call(text, self).key
    }
}
