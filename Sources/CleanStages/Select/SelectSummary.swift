internal import Records

/// `summary.json`: the round, its picks, and what the rounds before it found.
struct SelectSummary {
    /// Of the picks that this run made, from 1.
    var round: Int
    /// Unlabelled rows that could be picked.
    var pool = 0
    /// How many rows each way picked, in the order of the first pick of each.
    var picks: [(pipeline: String, category: String?, rows: Int)] = []
    /// Labels of the rows that no round picked.
    var given: [String: PositiveCount] = [:]
    var table: RoundsTable?

    init(round: Int) { self.round = round }

    /// Counts picks by their way.
    mutating func count(_ origins: [PickOrigin]) {
        for origin in origins {
            let at = picks.firstIndex {
                $0.pipeline == origin.pipeline && $0.category == origin.category
            }
            if let at {
                picks[at].rows += 1
            } else {
                picks.append((origin.pipeline, origin.category, 1))
            }
        }
    }

    var file: [UInt8] {
        var root = JSONObject()
        root["round"] = .integer(round)
        root["pool"] = .integer(pool)
        root["picks"] = .array(
            picks.map { pick in
                var object = JSONObject()
                object["pipeline"] = .string(pick.pipeline)
                object["category"] = pick.category.map { .string($0) } ?? .null
                object["rows"] = .integer(pick.rows)
                return object.bytes
            })
        var labels = JSONObject()
        for (category, count) in given.sorted(by: {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }) {
            var object = JSONObject()
            object["labelled"] = .integer(count.labelled)
            object["positive"] = .integer(count.positive)
            labels[category] = .raw(object.bytes)
        }
        root["given"] = .raw(labels.bytes)
        root["rounds"] = .array(table?.json ?? [])
        return root.bytes + [UInt8(ascii: "\n")]
    }

    /// What an earlier run's file says of the rows that no round picked.
    static func given(in file: [UInt8]) -> [String: PositiveCount] {
        guard let root = try? JSONReader.read(file), let members = root["given"]?.members else {
            return [:]
        }
        var given: [String: PositiveCount] = [:]
        for member in members {
            guard let labelled = member.value["labelled"]?.integer,
                let positive = member.value["positive"]?.integer
            else { continue }
            given[member.key] = PositiveCount(labelled: labelled, positive: positive)
        }
        return given
    }
}
