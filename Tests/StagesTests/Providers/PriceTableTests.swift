import Pipeline
import Records
import Testing

@testable import Providers

@Suite struct PriceTableTests {
    private static func table(_ text: String) throws -> PriceTable {
        let folder = try StageHarness()
        return try PriceTable.read(try folder.write(text, to: "prices.yaml"))
    }

    @Test func `the table of this project is whole`() throws {
        let table = try PriceTable.read(ResourceFolder.path("pipelines/prices/models.yaml"))
        #expect(table.date.count == 10)
        #expect(table.currency == "USD")
        #expect(table.prices.count >= 10)
        for (_, price) in table.prices {
            #expect(price.completion == 0 || price.completion > price.prompt)
            #expect(price.cachedPrompt ?? 0 <= price.prompt)
        }
    }

    @Test func `a dated name takes the price of its model, another model does not`() throws {
        let table = try Self.table(
            """
            as_of: 2026-01-02
            models:
              - {model: tern, in: 1, out: 2.5}
              - {model: tern-mini, in: 0.15, out: 0.6}
            """)
        let tern = PriceTable.Price(prompt: 1_000_000, completion: 2_500_000)
        #expect(table.price(of: "tern") == tern)
        #expect(table.price(of: "tern-2026-01-31") == tern)
        #expect(table.price(of: "tern-20260131") == tern)
        #expect(table.price(of: "tern-latest") == tern)
        #expect(table.price(of: "tern-mini-2026-01-31")?.prompt == 150_000)
        for other in ["tern-large", "tern-", "tern-4", "ter", "", "-", "tern-mini-x-2026"] {
            #expect(table.price(of: other) == nil)
        }
    }

    @Test func `all faults are told at once`() throws {
        let fault = #expect(throws: Fault.self) {
            try Self.table(
                """
                models:
                  - {model: tern, in: cheap}
                  - {model: tern, prize: 2}
                """)
        }
        #expect(fault?.all.count == 4, "no date, no amount, an unknown key, twice one model")
    }
}
