import Testing

/// The rules for the repository as a whole.
struct RepositoryRuleTests {
    /// Sources without a test target of their own: the executable is one line, and its commands
    /// are tested by running them.
    private static let untested: Set<String> = ["curate", "Commands"]

    @Test func `the files of the repository are found`() {
        #expect(Repository.files.contains { $0.path == "Package.swift" })
        #expect(Repository.swiftFiles.count > 100)
    }

    @Test func `every folder of sources has its tests`() {
        // Stages are run as pipelines, through one harness for all their modules.
        let tests = Repository.folders(in: "Tests") + Repository.folders(in: "Tests/StagesTests")
        for folder in Repository.folders(in: "Sources") where !Self.untested.contains(folder) {
            // C shims are tested through the module that uses them.
            let isSwift = Repository.swiftFiles.contains { $0.path.hasPrefix("Sources/\(folder)/") }
            if !isSwift { continue }
            #expect(
                tests.contains("\(folder)Tests") || tests.contains(folder),
                "Sources/\(folder): instead: a test target Tests/\(folder)Tests")
        }
    }

    @Test func `no file is large`() {
        for file in Repository.files {
            #expect(
                file.bytes <= 2 << 20,
                "\(file.path): \(file.bytes) bytes; instead: fetch it with a checksum")
        }
    }

    @Test func `no file names a folder of one machine or a registry's host`() {
        // Joined here, so that this file does not hold them.
        let names = ["/wo" + "rk/", "py" + "pi.org", "git" + "hub.com"]
        for file in Repository.files where file.path != "Package.swift" {
            guard let text = Repository.text(file.path) else { continue }
            for name in names where text.contains(name) {
                Issue.record(
                    "\(file.path): holds `\(name)`; instead: a relative path, or the package's name"
                )
            }
        }
    }

    @Test func `the change log begins with what is not released yet`() throws {
        guard let text = Repository.text("CHANGELOG.md") else { return }
        let first = text.split(separator: "\n").first { $0.hasPrefix("## ") }
        #expect(
            first?.contains("Unreleased") == true,
            "CHANGELOG.md: instead: a first section `## Unreleased`")
    }

    @Test func `the read-me names both scripts`() {
        guard let text = Repository.text("README.md") else { return }
        for script in ["scripts/quickstart.sh", "scripts/test.sh"] {
            #expect(text.contains(script), "README.md: instead: say what `\(script)` does")
        }
    }
}
