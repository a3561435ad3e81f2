/// Words that decide whether a text says the opposite, and words that say nothing.
enum WordLists {
    /// Words that negate, in the languages with the most text on the web.
    static let negators = hashes(
        of: """
            no not none never nobody nothing nowhere neither nor cannot without hardly barely
            scarcely isn't aren't wasn't weren't don't doesn't didn't won't wouldn't can't couldn't
            shouldn't mustn't haven't hasn't hadn't ain't needn't nope stop unless false fake
            ningún ninguno ninguna nadie nunca jamás sin tampoco nem não nunca ninguém sem
            ne pas jamais sans aucun aucune personne rien nicht kein keine keinen keiner nie niemals
            ohne niemand nichts non mai senza nessuno nessuna niet geen nooit zonder niemand
            nie bez nikt nigdy inte aldrig utan ingen ikke aldri uten ingen ei koskaan
            не нет ни без никогда никто ничего нельзя değil yok asla hiç tidak bukan jangan tanpa
            không chưa đừng नहीं मत ना لا ليس لم لن بدون غير ما 不 没 沒 无 無 非 未 别 別 勿 否
            """)

    /// Words whose coming or going changes no sense.
    static let weak = hashes(
        of: """
            a an the and so just really very please pls like um uh er hmm well oh ok okay yeah
            lol haha hey hi actually basically literally honestly simply quite rather too also
            then now that is are was be been am do does did of to in it
            el la los las un una y le les des et der die das ein eine und il lo gli i e o os as
            """)

    static func isNegator(_ word: ArraySlice<UInt32>) -> Bool {
        negators.contains(TextSkeleton.hash(word, .word))
    }

    private static func hashes(of listing: String) -> Set<UInt64> {
        Set(TextSkeleton(listing).words.map(\.hash))
    }

    /// Chat spellings that share few letters with the word they stand for.
    static let shortForms = pairs(
        of: """
            u you ur your ur youre r are y why n and b be c see k ok k okay 2 to 2 too 4 for
            pls please plz please thx thanks ty thanks ppl people bc because cuz because coz because
            cos because tho though thru through nite night lite light luv love wat what wut what
            dat that da the dis this den then gonna goingto wanna wantto gotta gotto kinda kindof
            im iam ive ihave id iwould wont willnot omg ohmygod idk idontknow btw bytheway
            msg message txt text bf boyfriend gf girlfriend gr8 great m8 mate w8 wait l8r later
            b4 before sum1 someone ne1 anyone foto photo fone phone stoopid stupid skool school
            """)

    private static func pairs(of listing: String) -> Set<[UInt32]> {
        let words = listing.split(whereSeparator: \.isWhitespace)
            .map { $0.unicodeScalars.map(\.value) }
        var found: Set<[UInt32]> = []
        for at in stride(from: 0, to: words.count - 1, by: 2) {
            found.insert(words[at] + [0] + words[at + 1])
            found.insert(words[at + 1] + [0] + words[at])
        }
        return found
    }
}
