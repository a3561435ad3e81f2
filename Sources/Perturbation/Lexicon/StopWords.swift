/// English words that carry grammar or negation and are never edited.
///
/// Our own list.
public enum StopWords {
    public static let english = WordSet(
        listing: """
            a about above after again against all also am an and any are aren't as at be because
            been before being below between both but by can can't cannot could couldn't did didn't
            do does doesn't doing don't down during each ever every few for from further had hadn't
            has hasn't have haven't having he her here hers herself him himself his how i if in into
            is isn't it its itself just let may me might more most must my myself of off on once one
            only or other our ours ourselves out over own quite rather same shall she should
            shouldn't so some such than that the their theirs them themselves then there these they
            this those though through to too two under until up upon us very was wasn't we were
            weren't what when where whether which while who whom whose why will with within would
            wouldn't yet you your yours yourself yourselves
            \(negators)
            """)

    /// Dropping or hiding one of these turns a sentence around.
    static let negators = """
        no not never none nor neither nobody nothing nowhere without hardly scarcely barely cannot
        cant dont doesnt didnt isnt arent wasnt werent wont wouldnt shouldnt couldnt hasnt havent
        hadnt aint nicht kein keine keinen nie niemals pas ne jamais aucun aucune nunca nada ni
        """
}
