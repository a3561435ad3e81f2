/// What this server never writes, whatever files exist: sexual content involving minors.
///
/// The list is a constant of the program, not data; no grammar, alias or setting overrides it.
public enum DenyList {
    private static let names: Set<String> = [
        "csam", "csem", "csae", "cse", "child_sexual_abuse", "child_sexual_abuse_material",
        "child_sexual_exploitation", "child_safety", "sexual_minors", "minors", "minor_safety",
        "underage", "child_grooming", "grooming_minors",
    ]
    private static let sexualCategories: Set<String> = [
        "adult_content", "sexual", "datingandsexting", "dating_and_sexting",
        "predatory_behavior", "sextortion", "ncii", "trafficking", "solicitation",
    ]
    /// Words that put somebody under age into a text.
    private static let minorWords: Set<String> = [
        "minor", "minors", "child", "children", "childlike", "kid", "kids", "teen", "teens",
        "teenage", "teenager", "teenagers", "preteen", "tween", "underage", "toddler", "toddlers",
        "baby", "babies", "infant", "schoolgirl", "schoolboy", "schoolgirls", "schoolboys",
        "pupil", "pupils", "highschool", "preschool", "kindergarten", "middleschool", "juvenile",
        "adolescent", "adolescents", "daughter", "son", "niece", "nephew", "loli", "shota",
        "jailbait", "little", "young",
    ]

    /// True when no text may be written for a category of this name.
    public static func denies(category: String) -> Bool {
        let name = normalised(category)
        if names.contains(name) { return true }
        let words = Set(name.split(separator: "_").map(String.init))
        if !words.isDisjoint(with: ["csam", "csem", "csae", "minors", "minor", "underage"]) {
            return true
        }
        let childWords: Set<String> = ["child", "children", "kid", "kids", "teen", "teens"]
        let sexWords: Set<String> = ["sex", "sexual", "abuse", "exploitation", "porn", "grooming"]
        return !words.isDisjoint(with: childWords) && !words.isDisjoint(with: sexWords)
    }

    /// True when a request's free words put a minor into a category of a sexual nature.
    public static func denies(category: String, ingredients: [String]) -> Bool {
        if denies(category: category) { return true }
        guard sexualCategories.contains(normalised(category)) else { return false }
        return ingredients.contains { text in
            let words = normalised(text).split(separator: "_").map(String.init)
            return words.enumerated().contains { index, word in
                if minorWords.contains(word) { return true }
                if word == "school" || word == "grade" { return true }
                return isAgeUnder18(word, next: index + 1 < words.count ? words[index + 1] : "")
            }
        }
    }

    /// `15`, `15yo`, `15 years`; a number above 17 is not an age of a minor.
    private static func isAgeUnder18(_ word: String, next: String) -> Bool {
        let digits = word.prefix { ("0"..."9").contains($0) }
        guard let number = Int(digits), number < 18 else { return false }
        let rest = word.dropFirst(digits.count)
        if ["yo", "y", "yr", "yrs", "year", "years", "yearold"].contains(String(rest)) {
            return true
        }
        return rest.isEmpty && ["yo", "y", "yr", "yrs", "year", "years"].contains(next)
    }

    /// Lower-case words of letters and digits, joined by `_`.
    private static func normalised(_ text: String) -> String {
        text.lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: "_")
    }
}
