@main struct Curate { static func main() {} }
