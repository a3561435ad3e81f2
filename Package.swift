// swift-tools-version: 6.2
import PackageDescription

/// The settings of every Swift target of ours: Swift 6 mode comes from `swiftLanguageModes` below.
let house: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A Swift target with the house settings.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

/// The tests of the target `name`, in `Tests/<name>Tests`.
func tests(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies,
        exclude: exclude, swiftSettings: house)
}

/// simdjson's on-demand reader picks its kernels at compile time; without these flags that is the
/// scalar fallback. Every x86-64 processor since 2010 has them (the x86-64-v2 level).
#if arch(x86_64)
    let simdjsonFlags: [CXXSetting] = [.unsafeFlags(["-O3", "-msse4.2", "-mpclmul", "-mpopcnt"])]
#else
    let simdjsonFlags: [CXXSetting] = [.unsafeFlags(["-O3"])]
#endif

let argumentParser: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
/// SQLite as GRDB links it, for the ledger's hottest statements.
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let stencil: Target.Dependency = .product(name: "Stencil", package: "Stencil")
let flyingFox: Target.Dependency = .product(name: "FlyingFox", package: "FlyingFox")

let package = Package(
    name: "curate",
    products: [.executable(name: "curate", targets: ["curate"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/stencilproject/Stencil", from: "0.15.1"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        // C libraries of Debian, each behind a shim of ours. See docs/decisions/0002-libraries.md.
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto")]),
        .target(
            name: "CSimdjson", cxxSettings: simdjsonFlags,
            linkerSettings: [.linkedLibrary("simdjson")]),
        .target(
            name: "CCompress",
            linkerSettings: [
                .linkedLibrary("z"), .linkedLibrary("zstd"), .linkedLibrary("snappy"),
            ]),
        .target(name: "CTrap", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CFiles"),
        .systemLibrary(name: "CMalloc"),
        .target(name: "CCLD2", linkerSettings: [.linkedLibrary("cld2")]),
        .target(name: "CBLAS", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CDNNL", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CVectors", cSettings: [.unsafeFlags(["-O3"])]),
        .target(name: "CNormalization"),
        .target(
            name: "CKernels", dependencies: ["CNormalization"],
            cSettings: [.unsafeFlags(["-O3"])]),

        // The modules, arrows pointing one way; docs/design.md draws them.
        module("Normalization", ["CNormalization"]),
        module("Records", ["Normalization", "CCrypto", "CSimdjson", "CCompress", "CTrap", yams]),
        module("Parquet", ["Records", "CCompress"]),
        module("Text", ["Records", "Normalization", "CCLD2"]),
        module("Vectors", ["Records", "CBLAS", "CVectors", heap]),
        module(
            "Encoder",
            ["Records", "Normalization", "CBLAS", "CDNNL", "CKernels", "CNormalization", heap]),
        module("Perturbation", ["Records"]),
        module("Counterfactual", ["Records"]),
        module("Prompts", ["Records", stencil]),
        module("StoreProtocols", ["Records"]),
        module("Store", ["Records", "StoreProtocols", grdb, sqlite]),
        module("Remote", ["Records", "StoreProtocols", "CCurl", heap]),
        module("Pipeline", ["Records", "StoreProtocols", "CFiles", "CMalloc"]),
        // The stages, by what they do to data, over what they share.
        module("StageKit", ["Records", "Parquet", "Text", "Vectors", "Pipeline"]),
        module(
            "Providers",
            ["Records", "Text", "Prompts", "StoreProtocols", "Remote", "Pipeline"]),
        module("ReadStages", ["Records", "Parquet", "Text", "Pipeline", "StageKit"]),
        module(
            "MakeStages",
            [
                "Records", "Text", "Vectors", "Encoder", "Perturbation", "Counterfactual",
                "Prompts", "StoreProtocols", "Remote", "Pipeline", "StageKit", "Providers",
            ]),
        module(
            "CleanStages", ["Records", "Text", "Vectors", "Perturbation", "Pipeline", "StageKit"]),
        module("ShowStages", ["Records", "Vectors", "Pipeline", "StageKit"]),
        module(
            "Stages",
            [
                "Records", "Pipeline", "StageKit", "Providers", "ReadStages", "MakeStages",
                "CleanStages", "ShowStages",
            ]),
        module("ModelServer", ["Records", "Prompts", "Text", flyingFox]),
        module(
            "Commands",
            [
                "Records", "Encoder", "StoreProtocols", "Store", "Remote", "Pipeline",
                "Providers", "MakeStages", "CleanStages", "Stages", "ModelServer", "CCurl",
                "CTrap", argumentParser,
            ]),
        .executableTarget(name: "curate", dependencies: ["Commands"], swiftSettings: house),
        // Our side of Benchmarks/embedding/run.py.
        .executableTarget(
            name: "embedding-benchmark",
            dependencies: ["Encoder", "Records", "CBLAS", "CDNNL", "CKernels"],
            path: "Benchmarks/embedding/Program", swiftSettings: house),
        // What Benchmarks/vectors/compare.py measures beside its peers.
        .executableTarget(
            name: "vectors-benchmark", dependencies: ["Vectors", "Records"],
            path: "Benchmarks/vectors/Sources", swiftSettings: house),
        // The same program with the stages of the tests: signals and pipes need a real process.
        .executableTarget(
            name: "program-with-test-stages",
            dependencies: ["Commands", "Records", "Pipeline", "Stages"],
            path: "Tests/CommandsTests/Program", swiftSettings: house),

        // Measures the endpoint client: Benchmarks/endpoint/README.md.
        .executableTarget(
            name: "endpoint-benchmark", dependencies: ["Records", "Store", "Remote"],
            path: "Benchmarks/endpoint/Sources", swiftSettings: house),

        // Laws that the tests of several modules hold their types to.
        .target(
            name: "LawChecks", dependencies: ["Records", "Pipeline"], path: "Tests/LawChecks",
            swiftSettings: house),
        tests("Normalization", ["Records"]),
        tests("Records", ["LawChecks"]),
        tests("Parquet", ["Records"], exclude: ["Golden"]),
        tests("Vectors", ["LawChecks", "Records", "CVectors"], exclude: ["Golden"]),
        tests("StoreProtocols", ["Records", "Store", grdb]),
        tests("Store", ["Records", "StoreProtocols", grdb]),
        tests("Remote", ["Records", "StoreProtocols", "Store", heap], exclude: ["CASES.md"]),
        tests("Pipeline", ["Records", "Store"]),
        tests(
            "Stages",
            [
                "LawChecks", "Records", "Parquet", "StoreProtocols", "Store", "Pipeline", "Vectors",
                "Encoder", "ModelServer", "Prompts", "Remote", "Text", "StageKit", "Providers",
                "ReadStages", "MakeStages", "CleanStages", "ShowStages", grdb,
            ], exclude: ["Golden"]),
        tests("Text"),
        .testTarget(
            name: "EncoderTests",
            dependencies: ["Encoder", "Records", "CBLAS", "CDNNL", "CKernels"],
            exclude: ["Golden"], swiftSettings: house),
        .testTarget(
            name: "GoldenTests", dependencies: ["Stages", "Pipeline", "Store", "Records"],
            exclude: ["Cases", "quickstart.json"], swiftSettings: house),
        tests("Perturbation"),
        tests("Counterfactual"),
        tests("Prompts"),
        tests("ModelServer"),
        // The house rules; knows no module.
        .testTarget(name: "TidyTests", swiftSettings: house),
        .testTarget(
            name: "CommandsTests",
            dependencies: [
                "Commands", "Encoder", "Records", "Pipeline", "Stages", "StoreProtocols", "Store",
                "program-with-test-stages",
            ],
            exclude: ["Program"], swiftSettings: house),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu17,
    cxxLanguageStandard: .cxx20
)

// The fuzz targets need the fuzzer's flags in every module of ours, with a debug build's checks at a
// release build's speed, so they are only there for scripts/fuzz.sh: Fuzz/README.md.
if Context.environment["CURATE_FUZZ"] != nil {
    let flags = ["-sanitize=fuzzer", "-enable-testing", "-assert-config", "Debug"]
    for target in package.targets where target.type == .regular {
        if target.swiftSettings != nil {
            // Of the stages' code the fuzzer calls little: a minute less to build.
            let slow = target.name.hasSuffix("Stages") ? ["-Onone"] : []
            target.swiftSettings? += [.unsafeFlags(flags + slow)]
        } else {
            let flags = ["-fsanitize=fuzzer-no-link,address"]
            target.cSettings = (target.cSettings ?? []) + [.unsafeFlags(flags)]
            target.cxxSettings = (target.cxxSettings ?? []) + [.unsafeFlags(flags)]
        }
    }
    package.targets += [
        .target(name: "CFuzzer", path: "Fuzz/CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzer", "Records", "Parquet", "Text", "Vectors", "Encoder", "Prompts", "Remote",
                "Pipeline", "StageKit", "Providers", "ReadStages", "MakeStages", "CleanStages",
                "Stages", "ModelServer",
            ], path: "Fuzz/Sources", swiftSettings: house,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-sanitize=address"])]),
    ]
}
