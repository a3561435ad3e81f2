package import Pipeline
package import Records

/// What models cost, from a dated file that a user can replace: pipelines/prices/models.yaml.
package struct PriceTable: Sendable, Equatable {
    /// Millionths of the currency for a million tokens of each kind.
    package struct Price: Sendable, Equatable {
        package var prompt: Int64 = 0
        /// The part of a prompt that the vendor had read before; as `prompt` unless given.
        package var cachedPrompt: Int64?
        /// The part of a prompt that the vendor was asked to keep; as `prompt` unless given.
        package var cacheWrite: Int64?
        package var completion: Int64 = 0
    }

    /// The day the prices were published, `2026-11-05`.
    package var date: String
    package var currency: String
    package var prices: [String: Price]

    /// - Throws: All faults of the file at once, with line and column.
    package static func read(_ path: String) throws(Fault) -> PriceTable {
        let reader = SettingsReader(
            try YAMLNode.read(path))
        let table = PriceTable(reader)
        if let fault = Fault.combined(reader.faults) { throw fault }
        return table
    }

    private init(_ reader: SettingsReader) {
        date = reader.requiredString("as_of", help: "The day the prices were published.")
        currency = reader.string("currency", "USD", help: "What all amounts are in.")
        prices = [:]
        for entry in reader.sections("models", help: "A model a line.") {
            let model = entry.requiredString("model", help: "Its name, without a date.")
            func amount(_ key: String, _ help: String) -> Int64? {
                Money.read(key, entry, help: help)
            }
            let price = Price(
                prompt: amount("in", "A million prompt tokens.") ?? 0,
                cachedPrompt: amount("cached", "A million of them that were read before."),
                cacheWrite: amount("cache_write", "A million of them that are to be kept."),
                completion: amount("out", "A million tokens of answers.") ?? 0)
            entry.finish()
            if prices.updateValue(price, forKey: model) != nil {
                entry.fault("model", "the model `\(model)` stands twice")
            }
        }
        reader.finish()
    }

    /// The price of a model: its own, or that of the name without a date (`-2024-07-18`,
    /// `-20251001`) or without `-latest`; nil when the table knows neither.
    package func price(of model: String) -> Price? {
        if let price = prices[model] { return price }
        var parts = model.split(separator: "-", omittingEmptySubsequences: false)
        while let last = parts.popLast(), !parts.isEmpty {
            let isDate = last.utf8.count <= 8 && last.utf8.allSatisfy { (48...57).contains($0) }
            guard isDate && last.utf8.count >= 2 || last == "latest" else { return nil }
            if let price = prices[parts.joined(separator: "-")] { return price }
        }
        return nil
    }
}

extension Money {
    /// An amount of a settings mapping; nil when it is absent, or wrong and noted.
    package static func read(_ key: String, _ reader: SettingsReader, help: String) -> Int64? {
        guard let text = reader.optionalString(key, help: help, affectsResult: false) else {
            return nil
        }
        if let amount = Money.microunits(text) { return amount }
        reader.fault(
            key, "`\(key)` is `\(text)`, not an amount such as 0.15",
            hint: "digits and at most six behind the point")
        return nil
    }
}
