internal import Records
internal import Vectors

/// How labels are judged, and the given ones.
enum Judging: Portable {
    /// Each row has exactly one category.
    case multiClass(MultiClass, [Int32])
    case multiLabel(MultiLabel, LabelTable)

    /// Finds the weights of models and neighbours by what they say of training rows.
    init(_ witnesses: Witnesses, _ given: GivenLabels) async throws(Fault) {
        switch given {
        case .classes(let classes, let count):
            self = .multiClass(
                try MultiClass(witnesses, classes: classes, count: count), classes)
        case .table(let table):
            self = .multiLabel(try await MultiLabel(witnesses, table: table), table)
        }
    }

    static func kinds(
        _ given: GivenLabels, _ settings: MislabelSettings
    ) -> [VectorModelKind] {
        switch given {
        case .classes: MultiClass.kinds(settings)
        case .table(let table): MultiLabel.kinds(categories: table.categories, settings)
        }
    }

    var given: GivenLabels {
        switch self {
        case .multiClass(let judging, let classes): .classes(classes, count: judging.count)
        case .multiLabel(_, let table): .table(table)
        }
    }

    /// Numbers a row.
    var width: Int {
        switch self {
        case .multiClass(let judging, _): judging.width
        case .multiLabel(let judging, _): judging.width
        }
    }

    /// The numbers of the witnesses' rows, row after row.
    func scores(_ witnesses: Witnesses) -> [Float] {
        switch self {
        case .multiClass(let judging, let classes): judging.scores(witnesses, classes: classes)
        case .multiLabel(let judging, let table): judging.scores(witnesses, table: table)
        }
    }

    /// Adds the verdicts of all rows by their numbers.
    ///
    /// - Parameter supported: The column of each judged category among all.
    func judge(
        _ scores: [Float], supported: [Int], _ settings: MislabelSettings,
        _ verdicts: inout Verdicts
    ) throws(Fault) {
        switch self {
        case .multiClass(let judging, let classes):
            try judging.judge(
                scores, classes: classes, supported: supported, settings, &verdicts)
        case .multiLabel(let judging, let table):
            try judging.judge(scores, table: table, supported: supported, settings, &verdicts)
        }
    }

    func write(to bytes: inout PortableWriter) {
        switch self {
        case .multiClass(let judging, _):
            true.write(to: &bytes)
            judging.write(to: &bytes)
        case .multiLabel(let judging, _):
            false.write(to: &bytes)
            judging.write(to: &bytes)
        }
        given.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        if try Bool(from: &bytes) {
            let judging = try MultiClass(from: &bytes)
            guard case .classes(let classes, judging.count) = try GivenLabels(from: &bytes) else {
                throw PortableReader.damaged
            }
            self = .multiClass(judging, classes)
        } else {
            let judging = try MultiLabel(from: &bytes)
            guard case .table(let table) = try GivenLabels(from: &bytes),
                table.categories == judging.categories
            else { throw PortableReader.damaged }
            self = .multiLabel(judging, table)
        }
    }
}
