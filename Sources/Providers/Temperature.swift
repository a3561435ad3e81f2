package import Pipeline
internal import Records
internal import Remote

/// How much chance there is in a model's answers: a stage's own affair, since labels want none and
/// generation lives on it.
package enum Temperature {
    package static let labels = "0"
    /// What the large providers use where nothing is said, and the only value that their reasoning
    /// models take.
    package static let generation = "1"
    /// Sends none: for models that refuse any.
    private static let leftOpen = "endpoint"

    /// The stage's `temperature`; nil for one that is not sent.
    ///
    /// A stage that sets none takes the provider's, where files from before the setting have it.
    /// The offline server draws nothing by it.
    package static func read(
        _ reader: SettingsReader, _ standard: String, _ provider: ProviderSettings?
    ) -> Double? {
        let text = reader.string(
            "temperature", standard,
            help: "0 to 2 (`anthropic`: 0 to 1), or `endpoint` to send none. Else "
                + "`provider.temperature`, where that is set.")
        if !reader.has("temperature"), let given = provider?.temperature { return given }
        guard provider?.isOffline != true || reader.has("temperature"), text != leftOpen else {
            return nil
        }
        let most: Double = provider?.dialect == .anthropic ? 1 : 2
        guard let number = Double(text), (0...most).contains(number) else {
            reader.fault(
                "temperature", "`temperature` is `\(text)`, not a number from 0 to \(Int(most))",
                hint: "write a number, or `endpoint` to leave it to the endpoint")
            return nil
        }
        return number
    }
}
