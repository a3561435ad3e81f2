import FoundationEssentials
import Glibc
import Records
import StoreProtocols
import Testing

/// Two processes that put the same keys.
struct AgreementLaws {
    /// Opens the stores again and again, puts every key each time, and writes down what it then
    /// reads under each, a line for each time and key.
    fileprivate static func put(
        as writer: Int, _ implementation: any Implementation, _ folder: String
    ) async throws {
        var lines = ""
        for round in 0..<8 {
            let opened = try await implementation.openWhenFree(folder)
            let model = SHA256.hash("model")
            for number in 0..<5 {
                let key = SHA256.hash("\(round) \(number)")
                let reply = StoredReply(
                    state: .answered, httpStatus: 200, body: [UInt8(writer)])
                try await opened.stores.replies.recordIntent(key: key, reservedMicrounits: 1)
                try await opened.stores.replies.recordReply(reply, for: key, bill: nil)
                try await opened.stores.vectors.store([(key, [Float(writer)])], model: model)
                let kept = try await opened.stores.replies.reply(for: key)?.body
                let vector = try await opened.stores.vectors.vectors(model: model, texts: [key])
                lines += "\(round) \(number) \(kept ?? []) \(vector.vectors[0] ?? [])\n"
            }
            try opened.close()
            // The other one's turn.
            try await Task.sleep(for: .milliseconds(15))
        }
        try Data(lines.utf8).write(to: URL(filePath: "\(folder)/\(writer).txt"))
    }

    private static func child(_ writer: Int, _ name: String, _ path: String) async {
        await #expect(processExitsWith: .success) {
            [writer = writer as Int, name = name as String, path = path as String] in
            try await AgreementLaws.put(as: writer, Implementations.named(name), path)
        }
    }

    @Test(arguments: Implementations.all)
    func `processes that put the same keys read the same replies and vectors`(
        _ implementation: any Implementation
    ) async throws {
        let folder = try TemporaryFolder()
        await withTaskGroup(of: Void.self) { group in
            for writer in 1...2 {
                group.addTask { await Self.child(writer, implementation.name, folder.path) }
            }
        }
        let read = try (1...2).map {
            try String(contentsOfFile: "\(folder.path)/\($0).txt", encoding: .utf8)
        }
        #expect(read[0].split(separator: "\n").count == 40)
        #expect(read[0] == read[1])
        // Nothing was left open, by either of them.
        try await implementation.opened(folder) { opened in
            let spent = try opened.stores.answers.spent(sinceMilliseconds: 0, endpoint: nil)
            #expect(spent == Spending())
        }
    }
}
