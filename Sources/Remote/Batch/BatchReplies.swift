internal import Records
internal import StoreProtocols

/// Reads a batch's results into the ledger, line by line, as if each had come alone.
struct BatchReplies: Sendable {
    let runner: CallRunner
    let batchQueue: BatchQueue
    /// Of the batch.
    let path: String
    let keys: Set<SHA256.Digest>
    /// Of these, with a reply before anything was read here.
    let keptBefore: Set<SHA256.Digest>
    /// How many batches each of its calls was in before.
    let attempts: [SHA256.Digest: Int]

    /// Without a reply so far.
    private(set) var open: Set<SHA256.Digest>
    private(set) var used = Estimate(tokens: 0, microunits: 0)
    /// Lines that are no result, of no call of ours, or of one that was answered before.
    private(set) var strays = 0
    /// What no other call would fare better with, should a line say so.
    private(set) var stop: Fault?

    /// The longest line that is read: a reply alone may be as long (``HTTPRequest``).
    private static let longestLine = 64 << 20

    init(
        _ runner: CallRunner, _ batchQueue: BatchQueue, path: String,
        keys: (all: Set<SHA256.Digest>, open: Set<SHA256.Digest>),
        attempts: [SHA256.Digest: Int]
    ) {
        self.runner = runner
        self.batchQueue = batchQueue
        self.path = path
        self.keys = keys.all
        keptBefore = keys.all.subtracting(keys.open)
        open = keys.open
        self.attempts = attempts
    }

    mutating func take(file: String) async throws(Fault) {
        var reader = try LineReader(path: file, maximumLineBytes: Self.longestLine)
        var block = LineBlock()
        while try reader.read(into: &block, rows: 256) {
            var replies: [(call: Call, reply: StoredReply)] = []
            for line in block.lines where !line.isEmpty {
                let bytes = Array(block.bytes[line.range])
                if let found = judge(bytes) { replies.append(found) }
            }
            try await keep(replies)
        }
    }

    /// The reply of a line, unless it is none or has to be asked for again.
    private mutating func judge(_ line: [UInt8]) -> (call: Call, reply: StoredReply)? {
        guard let value = try? JSONReader.read(line), let result = batchQueue.form.result(value),
            let key = SHA256.Digest(hex: result.id), keys.contains(key)
        else {
            strays += 1
            return nil
        }
        guard open.contains(key) else {
            // A process that died while it read these results has left some of them.
            if !keptBefore.contains(key) { strays += 1 }
            return nil
        }
        guard case .reply(let status, let body) = result.content else { return nil }
        let sends = (attempts[key] ?? 0) + 1
        let call = batchQueue.call(key) ?? unasked(key)
        let reply = HTTPReply(status: status, headers: [], body: JSONWriter.write(body))
        switch runner.judge(.reply(reply), call, sends) {
        case .over(let over):
            var stored = over.reply
            stored.costMicrounits = batchQueue.settings.price(stored.costMicrounits)
            open.remove(key)
            return (call, stored)
        case .retry(let retry)
        where retry.kind == .serverError
            && sends >= Retry.mostServerErrors:
            open.remove(key)
            return (
                call,
                StoredReply(
                    state: .dead, httpStatus: status, body: [], attempts: sends,
                    reason: "http_500")
            )
        case .retry, .failed: return nil
        case .stop(let fault):
            stop = stop ?? fault
            return nil
        }
    }

    /// A call of the batch that nobody asks for at the moment; it was paid for all the same.
    private func unasked(_ key: SHA256.Digest) -> Call {
        let form = runner.endpoint.dialect.rules.chat
        let isChat = path == form?.path
        return Call(
            path: path, body: [], key: key, promptTokens: 0, completionTokens: 0,
            read: { body in
                if !isChat { return OpenAIModerations.read(body) }
                return form?.parse(body).map { .reply($0.read) } ?? .garbage
            })
    }

    /// Together, so that they share a commit.
    private mutating func keep(
        _ replies: [(call: Call, reply: StoredReply)]
    ) async throws(Fault) {
        let runner = runner
        let fault = await withTaskGroup(of: Fault?.self) { group in
            for (call, reply) in replies {
                group.addTask {
                    do throws(Fault) {
                        try await runner.keep(reply, call)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            var first: Fault?
            for await fault in group { first = first ?? fault }
            return first
        }
        if let fault { throw fault }
        batchQueue.noteNew(replies.map(\.call.key))
        for (call, reply) in replies {
            let one = runner.used(reply, call)
            used.tokens += one.tokens
            used.microunits += one.microunits
        }
    }
}
