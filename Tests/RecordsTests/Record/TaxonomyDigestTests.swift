import Records
import Testing

struct TaxonomyDigestTests {
    private static let category = Category(
        id: "spam", title: "Spam", severity: .low, synthesis: .allow, definition: "Ads.",
        not: ["news"], borderline: ["a tip"],
        examples: [Category.Example(text: "buy it", label: true, why: "an offer")],
        implies: ["other"], mergeInto: "other", mergeBelowRows: 5)

    private static func taxonomy(_ category: Category) -> Taxonomy {
        Taxonomy(name: "two", version: 3, categories: [category, Category(id: "other")])
    }

    @Test func `equal taxonomies have one digest, which no build changes`() {
        let digest = Self.taxonomy(Self.category).digest
        #expect(Self.taxonomy(Self.category).digest == digest)
        #expect(digest.hex == "f11a765f02c7afe7b962c2cf0f8236b0b622846c461a2a1cd9e256b911dbbc42")
    }

    @Test func `every field of a category counts`() {
        let changes: [(inout Category) -> Void] = [
            { $0.id = "scam" }, { $0.title = "Scam" }, { $0.severity = .high },
            { $0.definition = "Offers." }, { $0.not = [] }, { $0.borderline = ["a tip", "b"] },
            { $0.examples[0].text = "sell it" }, { $0.examples[0].label = false },
            { $0.examples[0].why = "none" }, { $0.implies = [] }, { $0.mergeInto = nil },
            { $0.mergeBelowRows = 6 },
        ]
        var digests = changes.map { change in
            var category = Self.category
            change(&category)
            return Self.taxonomy(category).digest.hex
        }
        let denied = Category(id: "spam", synthesis: .deny)
        digests += [Self.taxonomy(denied), Self.taxonomy(Category(id: "spam"))].map(\.digest.hex)
        digests.append(Self.taxonomy(Self.category).digest.hex)
        #expect(Set(digests).count == digests.count)
        // A field that is new has to be put into the digest, and here.
        #expect(Mirror(reflecting: Self.category).children.count == 11)
        #expect(Mirror(reflecting: Self.category.examples[0]).children.count == 3)
    }

    @Test func `every field of a taxonomy counts`() {
        let changes: [(inout Taxonomy) -> Void] = [
            { _ in }, { $0.name = "three" }, { $0.version = 4 }, { $0.isSingleLabel = true },
            { $0.hasPlatformPrefix = true }, { $0.categories.reverse() },
        ]
        let digests = changes.map { change in
            var taxonomy = Self.taxonomy(Self.category)
            change(&taxonomy)
            return taxonomy.digest.hex
        }
        #expect(Set(digests).count == digests.count)
        #expect(Mirror(reflecting: Self.taxonomy(Self.category)).children.count == 5)
    }
}
