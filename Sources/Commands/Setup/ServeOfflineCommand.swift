internal import ArgumentParser
internal import ModelServer
internal import Pipeline
internal import Records

struct ServeOfflineCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "serve-offline",
        abstract: "Serve the offline model on this machine until a signal comes.",
        discussion: """
            Speaks OpenAI's protocol (chat completions, embeddings, moderations) and answers from \
            grammars and lexicons. It is not a language model.
            """)

    @Option(help: "The port; any free one unless given.")
    var port: UInt16 = 0

    @Option(help: "Every answer is a function of the seed and the request.")
    var seed: UInt64 = 0

    /// Between two looks at the stop flag.
    private static let pauseMilliseconds = 50

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let server = try OfflineServer.make(seed: seed, port: port)
        let bound = try await server.start()
        context.console.print(OfflineServer.baseURL(port: bound))
        context.console.talk("serving until interrupted")
        while !context.stop.isSet {
            try? await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
        }
        await server.stop()
        return 0
    }
}
