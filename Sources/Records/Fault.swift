internal import CTrap

/// What went wrong, where, why, and what to do about it: the one error type of the whole program.
///
/// A fault is written for the person who reads it. `what` is a sentence without a full stop and
/// never carries a row's text or a secret; `place` says where; `why` is the underlying reason, in
/// the words of whoever reported it; `hint` is the next step. Several faults of one file travel
/// together in `also`, so that a user sees all of them at once.
public struct Fault: Error, Sendable, Equatable {
    /// What the program does about a fault; each kind has one exit code.
    public enum Kind: String, Sendable, CaseIterable {
        /// The command line is wrong (64).
        case usage
        /// A row, a file or a reply is not what it should be (65).
        case badData
        /// An endpoint did not answer, or refused us (69).
        case unavailable
        /// A promise of the program is broken: a defect of ours (70).
        case defect
        /// The run stopped on purpose and continues where it was: budget, deadline, signal, or a
        /// disk without room (75).
        case stopped
        /// A pipeline file, a template, a model folder or the machine is not set up right (78).
        case configuration

        /// The process's exit code, from sysexits.h.
        public var exitCode: Int32 {
            switch self {
            case .usage: 64
            case .badData: 65
            case .unavailable: 69
            case .defect: 70
            case .stopped: 75
            case .configuration: 78
            }
        }
    }

    /// Where a fault lies.
    public enum Place: Sendable, Equatable {
        /// A file; line and column count from 1.
        case file(String, line: Int? = nil, column: Int? = nil)
        /// A stage and, where one is to blame, a record.
        case stage(String, record: String? = nil)
    }

    public var kind: Kind
    public var what: String
    public var place: Place?
    public var why: String?
    public var hint: String?
    /// Further faults found in the same go.
    public var also: [Fault] = []

    public init(
        _ kind: Kind, _ what: String, at place: Place? = nil, why: String? = nil,
        hint: String? = nil
    ) {
        self.kind = kind
        self.what = what
        self.place = place
        self.why = why
        self.hint = hint
    }

    /// All faults as one, the first leading; nil when there are none.
    public static func combined(_ faults: [Fault]) -> Fault? {
        guard var first = faults.first else { return nil }
        first.also += faults.dropFirst()
        return first
    }

    /// This fault and those that travel with it, each alone.
    public var all: [Fault] {
        var alone = self
        alone.also = []
        return [alone] + also.flatMap(\.all)
    }
}

extension Fault: CustomStringConvertible {
    /// One block a fault: `place: what: why`, then the hint on a line of its own.
    public var description: String {
        all.map { fault in
            var line = fault.place.map { "\($0): " } ?? ""
            line += fault.what
            if let why = fault.why { line += ": \(why)" }
            if let hint = fault.hint { line += "\nhint: \(hint)" }
            return line
        }.joined(separator: "\n")
    }
}

extension Fault.Place: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let path, let line, let column):
            [path, line.map(String.init), column.map(String.init)].compactMap { $0 }
                .joined(separator: ":")
        case .stage(let stage, let record):
            record.map { "\(stage) [\($0)]" } ?? stage
        }
    }
}

/// Stops the program when a promise of its own code is broken.
///
/// `precondition` prints nothing in a release build on Linux, so promises are checked with this.
public func require(
    _ condition: @autoclosure () -> Bool, _ promise: @autoclosure () -> String,
    file: StaticString = #file, line: UInt = #line
) {
    if condition() { return }
    // In the program it is the one line of every internal error; a test sees Swift's own end.
    if ctrap_is_installed() != 0 { ctrap_fail("broken promise: \(promise()), \(file):\(line)") }
    fatalError("broken promise: \(promise())", file: file, line: line)
}
