internal import FoundationEssentials
internal import Records

/// What is known of one release: `releases/<name>.json`, beside its folder and not in it, so that
/// equal releases are equal folders.
public struct ReleaseRecord: Codable, Sendable, Equatable {
    /// The folder's name, the moment of its making in UTC: `2026-11-30T083752Z`.
    public var name: String
    public var tool: String
    /// The run's number in the workspace.
    public var run: Int64?
    /// Rows behind the last stage.
    public var rows: Int
    /// Rows of the splits that hold, by category; nil in a record of an earlier version.
    public var categories: [String: Int]?
    /// Of the rows of the sources: how many were taken at most; nil for all.
    public var limit: Int?
    /// Why the run that made it ended with exit code 1; none when it passed.
    public var reasons: [String]

    public var passed: Bool { reasons.isEmpty }

    /// `2026-11-30 08:37:52` of a name, in UTC.
    public var moment: String { Self.moment(of: name) }

    static func moment(of name: String) -> String {
        guard isName(name) else { return name }
        let text = Array(name.prefix(17))
        return String(text[0..<10]) + " " + String(text[11..<13]) + ":" + String(text[13..<15])
            + ":" + String(text[15..<17])
    }

    /// - Parameter milliseconds: Since 1970 UTC.
    static func name(milliseconds: Int64) -> String {
        let text = DateFormat.text(milliseconds: milliseconds)
        return text.replacing(" ", with: "T").replacing(":", with: "") + "Z"
    }

    /// Whether a folder's name is that of a release: `2026-11-30T083752Z`, and `-2` and so on for
    /// more of the same second.
    static func isName(_ name: String) -> Bool {
        let pattern = Array("dddd-dd-ddTddddddZ")
        guard name.count >= pattern.count else { return false }
        let fits = zip(name, pattern).allSatisfy { letter, want in
            want == "d" ? ("0"..."9").contains(letter) : letter == want
        }
        let rest = name.dropFirst(pattern.count)
        return fits
            && (rest.isEmpty
                || rest.first == "-" && rest.count > 1
                    && rest.dropFirst().allSatisfy { ("0"..."9").contains($0) })
    }
}

/// What a run made and did not publish, and why: `releases/withheld.json`.
public struct WithheldRelease: Codable, Sendable, Equatable {
    /// When, as ``ReleaseRecord/name``.
    public var name: String
    public var run: Int64?
    public var rows: Int
    /// Why the published release stays.
    public var because: [String]
    /// Why the run ended with exit code 1; none when it passed.
    public var reasons: [String]

    public var moment: String { ReleaseRecord.moment(of: name) }
}

/// When what a run made takes the place of the release that stands.
public enum PublishPolicy: String, Sendable, CaseIterable {
    /// When it is no step back: not empty, not of fewer rows by a limit or by more than
    /// `allow.shrink`, and past its gates if the one that stands was.
    case passed
    /// Whatever it is.
    case always
}
