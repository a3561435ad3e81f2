internal import CCurl
internal import Encoder
internal import FoundationEssentials
internal import Pipeline
internal import Records
internal import Remote
internal import Store

/// What `curate doctor` looks at.
enum Checks {
    /// Below this a first build or a release may not fit.
    private static let scarceBytes = 1 << 30
    private static let features = ["sse4_2", "avx2", "avx512f", "avx512_bf16", "asimd"]

    static var processor: Check {
        let data = FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        let flags = lines.first { $0.hasPrefix("flags") || $0.hasPrefix("Features") }
        let found = Set(flags?.split(separator: " ").map(String.init) ?? [])
        let known = features.filter(found.contains)
        let words =
            "\(NumberFormat.count(Machine.processors, "thread")), \(known.joined(separator: " "))"
        if known.contains("avx2") || known.contains("asimd") {
            return Check(.ok, "processor", words)
        }
        return Check(
            .warn, "processor", words, hint: "without AVX2 vectors take several times as long")
    }

    static var home: Check {
        let folder: String
        do throws(Fault) { folder = try ResourceFolder.required() } catch {
            return failed("own files", error)
        }
        let missing = ["templates", "corpora", "pipelines"]
            .filter { !Paths.isFolder("\(folder)/\($0)") }
        if missing.isEmpty { return Check(.ok, "own files", folder) }
        return Check(
            .fail, "own files", "\(folder) has no \(missing.joined(separator: ", "))",
            hint: "set CURATE_SHARE to the folder that has them")
    }

    /// The encoder's folder and, through it, the BLAS that it computes with.
    static var model: [Check] {
        let folder = ResourceFolder.path("models/all-MiniLM-L6-v2")
        guard Paths.exists("\(folder)/model.safetensors") else {
            return [
                Check(
                    .warn, "model", "\(folder) is not there",
                    hint: "scripts/setup.sh brings it; only `embed` needs it")
            ]
        }
        let start = Machine.seconds()
        do throws(Fault) {
            let encoder = try SentenceEncoder(folder: folder)
            let seconds = NumberFormat.seconds(Machine.seconds() - start)
            return [
                Check(
                    .ok, "model",
                    "\(encoder.dimension) components, \(encoder.fingerprint.prefix(12)), "
                        + "checked in \(seconds)"),
                Check(.ok, "BLAS", encoder.kernelDescription), halfWidth(folder),
            ]
        } catch {
            return [failed("model", error)]
        }
    }

    /// What `precision: bf16` would compute with, which is another library or other kernels.
    private static func halfWidth(_ folder: String) -> Check {
        guard Precision.bf16.isSupported else {
            return Check(
                .ok, "bf16", "not here: it takes a processor with bf16 instructions, and oneDNN")
        }
        do throws(Fault) {
            let encoder = try SentenceEncoder(folder: folder, precision: .bf16)
            return Check(.ok, "bf16", encoder.kernelDescription)
        } catch {
            return failed("bf16", error)
        }
    }

    static var database: Check {
        let folder = "\(FileManager.default.temporaryDirectory.path())/curate-doctor-\(UUID())"
        defer { FileSystem.remove(folder) }
        do throws(Fault) {
            let store = try WorkspaceStore(path: "\(folder)/curate.sqlite")
            try store.close()
            return Check(.ok, "SQLite", "opens, writes and closes")
        } catch {
            return failed("SQLite", error)
        }
    }

    static var transfer: Check {
        Check(.ok, "libcurl", String(cString: curl_version()))
    }

    static func workspace(_ root: String) -> [Check] {
        let writable =
            Machine.isWritable(root)
            ? Check(.ok, "workspace", "\(root) can be written")
            : Check(.fail, "workspace", "\(root) cannot be written", hint: "choose another with -o")
        guard let free = Machine.freeBytes(at: root) else {
            return [writable, Check(.warn, "disk", "the free space is unknown")]
        }
        let words = "\(NumberFormat.bytes(free)) free"
        return [
            writable,
            free < scarceBytes
                ? Check(.warn, "disk", words, hint: "a run stops in good order when it is full")
                : Check(.ok, "disk", words),
        ]
    }

    private static func failed(_ name: String, _ fault: Fault) -> Check {
        Check(
            .fail, name, [fault.what, fault.why].compactMap { $0 }.joined(separator: ": "),
            hint: fault.hint)
    }
}
