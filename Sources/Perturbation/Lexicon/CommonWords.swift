/// Common English words that an edited word must not turn into.
///
/// Our own list, chosen for what one changed, dropped or swapped letter is likely to hit.
public enum CommonWords {
    public static let english = WordSet(
        listing: """
            able ace ache acid act add age aged ago aid aim air ale alike alive alone along
            angel anger angle angry ant ape apple arm army art ash ask ate aunt away axe baby
            back bacon bad bag bait bake ball ban band bang bank bar bare bark barn base bash
            bat bath bay beach bead beak beam bean bear beard beast beat bed bee beef beer beg
            bell belt bench bend best bet bid big bike bill bin bind bird bit bite black blade
            blame blank blast bleed blend bless blind block blood bloom blow blue board boat
            body boil bold bolt bomb bond bone book boost boot border bore born boss bot bowl
            box boy brain brake brand brass brave bread break breast breath breed brick bride
            bring broad broke brown brush bug build bulk bull burn bus bush busy buy cab cage
            cake call calm came camp can candle cane cap car card care carry cart case cash cast
            cat catch cause cave cell cent chain chair chalk chance change charge charm chart
            chase chat cheap cheat check cheer chef chess chest chew chief child chin chip
            choice choke choose city claim clan clap class clay clean clear clerk clever click
            cliff climb clock close cloth cloud clown club coach coal coast coat code coin cold
            color come cook cool cop cope copy cord core cork corn cost cough count court cover
            cow crack craft crash crazy cream creep crew crime crop cross crowd crown cruel
            crush cry cup cure curl cut cute cycle dad daily damp dance dare dark dart date dawn
            day dead deaf deal dear death debt deck deep deer deny desk devil dial dice die diet
            dig dim dine dirt dirty dish dive dock dog doll done door dose dot doubt dough down
            drag drain draw dream dress drift drill drink drip drive drop drown drug drum drunk
            dry duck due dull dumb dump dust duty dwell each ear earn earth ease east easy eat
            edge edit egg eight elder elect else empty end enemy enjoy enter equal error even
            event evil exact exam exit extra eye face fact fade fail faint fair faith fake fall
            false fame family fan far farm fast fat fate father fault fear feast feed feel fell
            felt fence few field fight file fill film final find fine fire firm first fish fist
            fit five fix flag flame flash flat flesh flight float flood floor flour flow flower
            fly fold folk follow food fool foot force forest forget fork form fort found four
            fox frame free fresh friend fright frog front frost fruit fuel full fun fund funny
            fur fuss game gang gap garden gas gate gave gaze gear gene gentle get ghost giant
            gift girl give glad glass globe gloom glory glove glow glue goal goat gold gone good
            gown grab grace grade grain grand grant grape graph grass grave gray great greed
            green greet grew grey grief grin grip ground group grow guard guess guest guide
            guilt gun guy habit hair half hall ham hand hang happy hard harm harsh hat hate have
            hay head heal heap hear heart heat heavy heel height held hell help hen herb herd
            hero hide high hike hill hint hip hire hit hold hole holy home honest honey honor
            hood hook hope horn horse host hot hotel hour house hug huge human humor hung hunt
            hurry hurt husband hut ice idea idle idol image inch ink inn inner iron island item
            jail jam jar jaw jealous jet job join joke joy judge juice jump jury just keen keep
            kept key kick kid kill kind king kiss kitchen knee knife knit knock knot know lab
            labor lace lack lady laid lake lamb lame lamp land lane large last late laugh law
            lawn lay lazy lead leaf leak lean leap learn least leave left leg lend lens less
            level liar lick lid lie life lift light like limb lime limit line link lion lip list
            listen live liver load loan lobby local lock lodge log lonely long look loop loose
            lord lose loss lost lot loud lounge love low luck lunch lung mad made magic maid
            mail main make male man many map march mark market marry mask mass mat match mate
            math matter meal mean meat medal meet melt men mend mental menu mercy mess metal
            mice might mild mile milk mill mind mine minor minute mirror miss mist mix moan
            model mom money monk monkey month mood moon moral more morning moss most moth mother
            motion mount mouse mouth move mud mug music nail naked name narrow nation near neat
            neck need nerve nest net new news next nice niece night nine noble nod noise north
            nose note noun nurse nut oak oar obey ocean odd offer oil old olive open oral orange
            order organ other oven owe owl owner pace pack pad page paid pail pain paint pair
            pale palm pan panic pants paper park part party pass past paste pat patch path pause
            pay pea peace peach peak pear peel peer pen pencil people pepper pet phone photo
            piano pick pie piece pig pile pill pilot pin pine pink pint pipe pit pity place
            plain plan plane plant plate play plea please plenty plot plug plum pocket poem
            point poison pole police polite pond pony pool poor pop pork port pose post pot
            pound pour power praise pray press price pride priest prime print prison prize proof
            proper proud prove pull pump punch pure push put queen quick quiet quit race rack
            radio rage raid rail rain raise ran rank rare rash rat rate raw ray reach react read
            ready real rear rent reply rest rib rice rich ride right ring riot ripe rise risk
            river road roar roast rob robe rock rod role roll roof room root rope rose rough
            round route row royal rub rude rug ruin rule run rush sack sad safe said sail salad
            sale salt sand sane sang sat sauce save saw say scale scar scare scene school score
            scream screen sea seal search seat secret see seed seek seem self sell send sense
            sent serve set seven sew shade shadow shake shame shape share shark sharp shave shed
            sheep sheet shelf shell shield shift shine ship shirt shock shoe shoot shop shore
            short shot shout show shower shut sick side sigh sight sign silent silk silly silver
            simple sin sing sink sip sir sister sit site six size skill skin skirt sky slave
            sleep slice slide slim slip slope slow small smart smell smile smoke smooth snack
            snake snap snow soap sock soda soft soil sold soldier solid some son song soon sore
            sorry sort soul sound soup sour south space spare speak speed spell spend spice spin
            spit spoil spoke spoon sport spot spray spread spring spy square stab staff stage
            stain stair stake stale stamp stand star stare start state stay steak steal steam
            steel steep step stick stiff still sting stir stock stone stood stool stop store
            storm story stove straw stream street stress stretch strike string strip stroke
            strong study stuff stupid style such suck sugar suit sum summer sun sure surf swam
            swap swear sweat sweep sweet swell swift swim swing sword table tail take tale talk
            tall tame tan tank tap tape target task taste tax tea teach team tear tease teen
            tell ten tent term test text thank theft theme thick thief thin thing think third
            thirst thorn thread threat three throat throw thumb tick tide tie tiger tight tile
            time tin tiny tip tire title toad toast toe told toll tomb ton tone tongue tool
            tooth top torn total touch tough tour towel tower town toy trace track trade trail
            train trap trash travel tray treat tree trial tribe trick trip troop trouble truck
            true trunk trust truth try tub tube tune turn twin twist type ugly uncle union unit
            urge use usual vain vase vast veil vein verb verse vest view visit vital voice vote
            wage waist wait wake walk wall want war ward warm warn wash waste watch water wave
            wax way weak wealth wear web week weigh weird well went west wet whale wheat wheel
            whip white whole wide widow wife wild will win wind wine wing wink winter wipe wire
            wise wish witch wolf woman wood wool word work world worm worn worry worse worst
            worth wound wrap wrist write wrong yard yawn year yell yes young youth zero zone zoo
            """)
}
