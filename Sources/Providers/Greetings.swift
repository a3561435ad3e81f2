package import Pipeline
internal import Records
package import Remote
internal import Synchronization
internal import Text

/// What the providers of a run said before it: each is asked once, whichever stages need it.
package final class Greetings: Sendable {
    package enum Word: Sendable {
        case facts(ServerFacts)
        case silence(ServerProbe.Silence)
    }

    private let words = Mutex<[String: Word]>([:])

    package static let key = "greetings of providers"

    package func word(of address: String) -> Word? { words.withLock { $0[address] } }

    /// nil when the provider was not asked, or did not answer.
    package func facts(of address: String) -> ServerFacts? {
        if case .facts(let facts)? = word(of: address) { facts } else { nil }
    }

    package func note(_ word: Word, of address: String) { words.withLock { $0[address] = word } }

    /// A model's place at an address: what a server says of itself may differ by model.
    package static func address(_ endpoint: Endpoint) -> String {
        "\(endpoint.baseURL) \(endpoint.model)"
    }
}

extension ProviderSettings {
    /// Asks the provider whether it is there, and whether prompts fit into its context.
    ///
    /// - Parameters:
    ///   - prompts: Templates with what they make of an empty text.
    ///   - maxTokens: The most that an answer may hold.
    ///   - makesVectors: Whether it is to be asked for vectors, and not to chat.
    package func greet(
        _ context: RunContext, seed: UInt64, prompts: [(template: String, text: String)] = [],
        maxTokens: Int = 0, makesVectors: Bool = false
    ) async -> Greeting {
        // The run has just started the offline server itself.
        if isOffline, baseURL == nil { return Greeting() }
        do throws(Fault) {
            let endpoint = try endpoint(
                seed: seed, offlineBaseURL: context.endpoint(named: Self.offlineName))
            let greetings = try context.shared(Greetings.key) { Greetings() }
            let probe = try ServerProbe(endpoint)
            let address = Greetings.address(endpoint)
            let word: Greetings.Word
            if let known = greetings.word(of: address) {
                word = known
            } else {
                word = await Self.ask(probe, context.notice)
                greetings.note(word, of: address)
            }
            switch word {
            case .silence(let silence): return greeting(silence, probe.address)
            case .facts where makesVectors:
                do throws(ServerProbe.Silence) {
                    return Greeting(try await probe.embeddingFault())
                } catch {
                    return greeting(error, probe.address)
                }
            case .facts(let facts):
                for (template, text) in prompts {
                    if let fault = await misfit(template, text, maxTokens, facts, probe) {
                        return Greeting(fault)
                    }
                }
                return Greeting()
            }
        } catch {
            // A key that is missing is said elsewhere, and settings that cannot work were.
            return Greeting()
        }
    }

    private static func ask(
        _ probe: ServerProbe, _ notice: @Sendable (String) -> Void
    ) async -> Greetings.Word {
        do throws(ServerProbe.Silence) {
            return .facts(try await probe.facts(notice: notice))
        } catch {
            return .silence(error)
        }
    }

    private func greeting(_ silence: ServerProbe.Silence, _ address: String) -> Greeting {
        let fault = Fault(
            .unavailable, "endpoint \(name) could not be reached",
            why: "no answer from \(address): \(silence.reason)",
            hint: "start the server, or look at the address and the network: "
                + "`curate doctor --endpoint` asks again")
        // Somebody took the connection and may only be busy: the run finds out.
        return Greeting(fault, hasSubstitute: silence.isConnected)
    }

    /// The fault of a prompt that leaves no room for a text and its answer.
    private func misfit(
        _ template: String, _ text: String, _ maxTokens: Int, _ facts: ServerFacts,
        _ probe: ServerProbe
    ) async -> Fault? {
        guard let context = facts.contextTokens else { return nil }
        let counted = await probe.tokens(of: text)
        let tokens = counted ?? TokenEstimate.byBytes(text)
        let answer = facts.reservesAnswer ? maxTokens : 1
        if tokens + answer <= context { return nil }
        let beside =
            facts.reservesAnswer ? " and \(NumberFormat.number(maxTokens)) of max_tokens" : ""
        return Fault(
            .configuration, "a prompt does not fit into the context of `\(model)`",
            at: .file(template),
            why:
                "\(counted == nil ? "about " : "")\(NumberFormat.number(tokens)) tokens without "
                + "any text"
                + "\(beside); the server's context holds \(NumberFormat.number(context))",
            hint: "start the server with a larger context, or shorten the definitions"
                + (facts.reservesAnswer ? " or max_tokens" : ""))
    }
}
