internal import Records

/// Words and what some people write for them.
struct Rewrites: Sendable {
    private let keys: [UInt64]
    private let values: [[[UInt8]]]

    /// Lines of a word and its other spellings.
    init(_ listing: String) {
        let rows = listing.split(separator: "\n").map { line in
            line.split(separator: " ").map { Array($0.utf8) }
        }
        let sorted = rows.map { (WordSet.key(of: $0[0]), Array($0.dropFirst())) }
            .sorted { $0.0 < $1.0 }
        keys = sorted.map(\.0)
        values = sorted.map(\.1)
    }

    func spellings(_ key: UInt64) -> [[UInt8]] {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low] == key ? values[low] : []
    }

    /// Replaces the word by one of its spellings, in the word's own case.
    func rewrite(_ word: Letters, _ draws: inout CounterRNG, _ draft: inout EditBuffer) {
        guard let spelling = draws.pick(spellings(word.word.key)) else { return }
        let head = word.ascii(0)
        let cased = spelling.enumerated().map { index, byte in
            word.isShouted || index == 0 ? byte.inCase(of: head) : byte
        }
        draft.replace(word.word.start..<word.word.end, with: cased)
    }
}

extension Operator {
    /// Chat abbreviations.
    static let slangAbbrev = Operator(
        "slang-abbrev", .wording, "chat abbreviations: people -> ppl", undo: .log,
        bounds: .whole(3...20, fold: nil).only(),
        .word { word, _, draws, draft in slang.rewrite(word, &draws, &draft) })

    /// Misspellings that people do write.
    static let misspell = Operator(
        "misspell", .wording, "attested misspellings: definitely -> definately", undo: .log,
        bounds: .whole(3...20, fold: nil).only(),
        .word { word, _, draws, draft in misspellings.rewrite(word, &draws, &draft) })
}

private let slang = Rewrites(
    """
    people ppl peeps
    please pls plz
    thanks thx tnx
    though tho
    tonight 2nite tonite
    tomorrow tmrw tmr
    today 2day
    because bc cuz
    before b4
    great gr8
    later l8r
    message msg
    messages msgs
    really rly rlly
    right rite
    something smth sth
    someone sm1
    everyone every1
    anyone any1
    probably prob prolly
    picture pic
    pictures pics
    minute min
    minutes mins
    birthday bday
    weekend wknd
    friend fren
    friends frens
    girlfriend gf
    boyfriend bf
    brother bro
    night nite
    light lite
    stupid stoopid
    idiot idjit
    whatever wtv
    seriously srsly
    obviously obvs
    favorite fav
    favourite fav
    information info
    account acct
    number nmbr
    question q
    nothing nuthin
    going goin
    know kno
    think thnk
    money moneyz
    what wut
    love luv
    your ur
    text txt
    government govt
    """)

private let misspellings = Rewrites(
    """
    definitely definately definitly
    separate seperate
    receive recieve
    believe beleive
    weird wierd
    tomorrow tommorow tommorrow
    really realy
    until untill
    government goverment
    necessary neccessary necesary
    occurred occured
    beginning begining
    different diffrent
    because becuase beacuse
    friend freind
    friends freinds
    people poeple peopel
    embarrass embarass
    embarrassing embarassing
    disappoint dissapoint
    disappointed dissapointed
    ridiculous rediculous
    stupid stupd stuipd
    useless usless
    foolish foolsh
    selfish selfsh
    address adress
    argument arguement
    business buisness
    calendar calender
    environment enviroment
    experience experiance
    foreign foriegn
    immediately immediatly
    independent independant
    knowledge knowlege
    library libary
    marriage marrige
    neighbour nieghbour
    neighbor nieghbor
    religious religous
    restaurant restaraunt
    sentence sentance
    similar similiar
    surprise suprise
    their thier
    truly truely
    which wich
    always allways
    another anothr
    beautiful beutiful
    completely completly
    every evry
    important importent
    interesting intresting
    should shoud
    thought thougt
    through throught
    together togeather
    without witout
    writing writting
    """)
