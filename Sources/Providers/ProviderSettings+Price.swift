package import Pipeline
internal import Records

/// Where a provider's price is from.
package enum PriceOrigin: Sendable, Equatable {
    /// Nobody knows it: money counts as 0.
    case none
    /// The pipeline file says it.
    case pipeline
    /// A table, with its date and currency.
    case table(date: String, currency: String)
}

extension ProviderSettings {
    /// The table that curate brings along, in the folder of its own files.
    package static let priceTable = "pipelines/prices/models.yaml"

    /// `price` as the pipeline says it, or else as the price table does.
    package static func price(
        _ reader: SettingsReader, model: String
    ) -> (PriceTable.Price, PriceOrigin) {
        let path = reader.path(
            "prices", priceTable, help: "A dated table of what models cost, where `price` is not.")
        let section = reader.section("price", help: "What a million tokens cost.")
        let prompt = Money.read("in_per_mtok", section, help: "A million prompt tokens.")
        let completion = Money.read(
            "out_per_mtok", section, help: "A million tokens of answers.")
        let cached = Money.read(
            "cached_in_per_mtok", section,
            help: "A million prompt tokens read from the provider's cache; else `in_per_mtok`.")
        let written = Money.read(
            "cache_write_per_mtok", section,
            help: "A million prompt tokens written to it; else what the dialect adds.")
        section.finish()
        if prompt != nil || completion != nil || cached != nil || written != nil {
            let price = PriceTable.Price(
                prompt: prompt ?? 0, cachedPrompt: cached, cacheWrite: written,
                completion: completion ?? 0)
            return (price, .pipeline)
        }
        do {
            let table = try PriceTable.read(path)
            if let price = table.price(of: model) {
                return (price, .table(date: table.date, currency: table.currency))
            }
        } catch {
            error.all.forEach(reader.note)
        }
        return (PriceTable.Price(), .none)
    }

    /// What a plan says of its money.
    package var priceNotes: [String] {
        switch priceOrigin {
        case .pipeline: []
        case .none where isOffline: []
        case .none: ["no price is known for the model `\(model)`: its money counts as 0"]
        case .table(let date, let currency):
            ["money in \(currency), by the list prices of \(date)"]
        }
    }
}
