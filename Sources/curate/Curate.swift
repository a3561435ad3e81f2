internal import Commands

@main struct Curate { static func main() async { await Program.main() } }
