extension Endpoint {
    /// What that many tokens cost, rounded up; never overflows, the largest amount instead.
    ///
    /// - Parameters:
    ///   - promptTokens: All that were read, those of the cache included.
    ///   - cachedTokens: Of these, read from the provider's cache.
    ///   - writtenTokens: Of these, written to it.
    public func costMicrounits(
        promptTokens: Int, completionTokens: Int, cachedTokens: Int = 0, writtenTokens: Int = 0
    ) -> Int64 {
        let plain = max(0, promptTokens - cachedTokens - writtenTokens)
        let price = promptPriceMicrounitsPerMillionTokens
        let parts = [
            Self.part(plain, price),
            Self.part(cachedTokens, cachedPriceMicrounitsPerMillionTokens ?? price),
            Self.part(
                writtenTokens,
                cacheWritePriceMicrounitsPerMillionTokens
                    ?? Self.share(price, percent: dialect.rules.cacheWritePercent)),
            Self.part(completionTokens, completionPriceMicrounitsPerMillionTokens),
        ]
        var sum: Int64 = 0
        for part in parts {
            let (next, overflows) = sum.addingReportingOverflow(part)
            if overflows { return .max }
            sum = next
        }
        if sum == .max { return .max }
        return sum / 1_000_000 + (sum % 1_000_000 > 0 ? 1 : 0)
    }

    private static func part(_ tokens: Int, _ price: Int64) -> Int64 {
        let (product, overflows) = Int64(max(0, tokens)).multipliedReportingOverflow(by: price)
        return overflows ? .max : product
    }

    private static func share(_ price: Int64, percent: Int64) -> Int64 {
        let (product, overflows) = price.multipliedReportingOverflow(by: percent)
        return overflows ? .max : product / 100 + (product % 100 > 0 ? 1 : 0)
    }
}
