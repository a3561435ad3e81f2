import Foundation
import Testing

/// Where the program looks for its own files.
@Suite(.enabled(if: Child.isBuilt)) struct ShareTests {
    /// A folder with a copy of the program in `bin/`, far from any checkout.
    private static func install(shared: Bool) throws -> TestFolder {
        let folder = try TestFolder()
        let files = FileManager.default
        try files.createDirectory(
            atPath: "\(folder.path)/bin", withIntermediateDirectories: true)
        let target = "\(folder.path)/bin/curate"
        if link(Child.program, target) != 0 {
            // By another process: a child that a test forks meanwhile would hold the file open
            // for writing, and it could not be run.
            let copy = "cp '\(Child.program)' '\(target)'"
            try #require(
                try Child(["-c", copy], program: "/bin/bash", in: folder).wait().code == 0)
        }
        for name in shared ? ["templates", "corpora", "pipelines"] : [] {
            try files.createDirectory(
                atPath: "\(folder.path)/share/curate/\(name)", withIntermediateDirectories: true)
        }
        return folder
    }

    private static func say(
        _ words: String, in folder: TestFolder, called program: String = "bin/curate"
    ) throws -> Said {
        let script = "cd '\(folder.path)' && unset CURATE_SHARE && exec ./\(program) \(words)"
        return try Child(["-c", script], program: "/bin/bash", in: folder).wait()
    }

    @Test func `the files lie beside the folder of the executable, whatever links lead there`()
        throws
    {
        let folder = try Self.install(shared: true)
        try folder.write("stages: [read]\n", to: "share/curate/pipelines/mini.yaml")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/elsewhere", withDestinationPath: "bin/curate")
        for program in ["bin/curate", "elsewhere"] {
            let said = try Self.say("doctor", in: folder, called: program)
            #expect(said.out.contains("own files  FOLDER/share/curate\n"), "\(said.out)")
        }
        let made = try Self.say("init --recipe mini new", in: folder)
        #expect(made.code == 0 && made.out == "new/mini.yaml\n", "\(made.err)")
    }

    @Test func `where they are not found it says what was tried`() throws {
        let folder = try Self.install(shared: false)
        let said = try Self.say("init new", in: folder)
        #expect(said.code == 78)
        #expect(
            said.err == """
                error: curate's own files are not found: templates, corpora and pipelines: \
                CURATE_SHARE is not set; tried FOLDER/share/curate, and the folders above \
                FOLDER/bin and FOLDER
                hint: set CURATE_SHARE to the folder that has them

                """)
    }

    @Test func `a variable names another folder`() throws {
        let folder = try Self.install(shared: true)
        try FileManager.default.moveItem(
            atPath: "\(folder.path)/share", toPath: "\(folder.path)/moved")
        let script = "cd '\(folder.path)' && CURATE_SHARE=$PWD/moved/curate exec bin/curate doctor"
        let said = try Child(["-c", script], program: "/bin/bash", in: folder).wait()
        #expect(said.out.contains("own files  FOLDER/moved/curate\n"), "\(said.out)")
    }
}
