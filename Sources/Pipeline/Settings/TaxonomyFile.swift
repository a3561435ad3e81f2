public import Records

/// Reads a taxonomy from YAML; pipelines/taxonomies/ has three, and docs/data-format.md the keys.
public enum TaxonomyFile {
    /// - Throws: All faults of the file at once, with line and column.
    public static func read(_ path: String) throws(Fault) -> Taxonomy {
        let node = try YAMLNode.read(path)
        let reader = SettingsReader(node)
        let taxonomy = parse(reader)
        if let fault = Fault.combined(reader.faults) { throw fault }
        return taxonomy
    }

    static func parse(_ reader: SettingsReader) -> Taxonomy {
        let name = reader.requiredString("name", help: "The taxonomy's name.")
        let version = reader.integer("version", 1, in: 1...Int.max, help: "Its version.")
        _ = reader.optionalString("description", help: "What it is for.")
        let single = reader.flag(
            "single_label", false, help: "Whether a text has exactly one category.")
        let prefix = reader.flag(
            "platform_prefix", false, help: "Whether texts may open with a platform prefix.")
        let sections = reader.sections("categories", help: "The categories.")
        reader.finish()
        let categories = sections.map(category)
        check(categories, sections, reader)
        return Taxonomy(
            name: name, version: version, isSingleLabel: single, hasPlatformPrefix: prefix,
            categories: categories)
    }

    private static func category(_ section: SettingsReader) -> Category {
        let id = CategoryName.normal(
            section.requiredString("id", help: "The category's identifier."))
        let category = Category(
            id: id,
            title: section.optionalString("title", help: "Its name for people."),
            severity: section.choice("severity", .medium, help: "How much harm it stands for."),
            synthesis: section.choice(
                "synthesis", .allow, help: "Whether texts may be generated for it."),
            definition: section.string("definition", "", help: "What belongs to it."),
            not: section.strings("not", [], help: "What does not belong to it."),
            borderline: section.strings("borderline", [], help: "Rules at its border."),
            examples: section.sections("examples", help: "Texts at its border.").map { example in
                let result = Category.Example(
                    text: example.requiredString("text", help: "The text."),
                    label: example.flag("label", false, help: "Whether it belongs."),
                    why: example.string("why", "", help: "Why."))
                example.finish()
                return result
            },
            implies: section.strings("implies", [], help: "Categories that follow from it.")
                .map(CategoryName.normal),
            mergeInto: section.optionalString(
                "merge_into", help: "Takes the rows when there are too few."
            ).map(CategoryName.normal),
            mergeBelowRows: section.integer(
                "merge_below_rows", 0, in: 0...Int.max, help: "How many are too few."))
        section.finish()
        return category
    }

    private static func check(
        _ categories: [Category], _ sections: [SettingsReader], _ reader: SettingsReader
    ) {
        if categories.isEmpty { reader.fault("categories", "the taxonomy has no categories") }
        let ids = categories.map(\.id)
        for (index, category) in categories.enumerated() {
            if ids.firstIndex(of: category.id) != index {
                sections[index].fault("id", "the category `\(category.id)` stands twice")
            }
            for parent in category.implies where !ids.contains(parent) {
                sections[index].fault(
                    "implies", "there is no category `\(parent)`",
                    hint: NearestName.hint(parent, in: ids))
            }
            if let target = category.mergeInto, !ids.contains(target) {
                sections[index].fault(
                    "merge_into", "there is no category `\(target)`",
                    hint: NearestName.hint(target, in: ids))
            }
        }
    }
}
