import Records
import Testing

@testable import Text

struct DelimitedReaderTests {
    private func rows(
        _ text: String, _ format: DelimitedFormat = DelimitedFormat()
    ) throws -> (rows: [DelimitedRow], delimiter: UInt8) {
        let scratch = Scratch()
        var reader = try DelimitedReader(path: scratch.file("a.csv", text), format: format)
        var row = DelimitedRow()
        var rows: [DelimitedRow] = []
        while try reader.read(into: &row) { rows.append(row) }
        return (rows, reader.delimiter)
    }

    @Test(arguments: [
        ("", []),
        ("a,b", [["a", "b"]]),
        ("\u{FEFF}a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
        ("a,b\n\n\n1,\n,2\n,\n", [["a", "b"], ["1", ""], ["", "2"], ["", ""]]),
        (
            "a,b\n\"x,\"\"y\"\"\",\"two\nlines\r\n\"\r\n",
            [["a", "b"], ["x,\"y\"", "two\nlines\r\n"]]
        ),
        ("a,b\nit\"s,5\" tall\n", [["a", "b"], ["it\"s", "5\" tall"]]),
        ("a\n\"\"\nb\n\nc", [["a"], [""], ["b"], [""], ["c"]]),
        ("a,b\n\"\",\"\"\n", [["a", "b"], ["", ""]]),
    ])
    func `reads RFC 4180 rows`(_ text: String, _ want: [[String]]) throws {
        let (rows, _) = try rows(text)
        #expect(rows.map(\.strings) == want)
        #expect(rows.allSatisfy { $0.problem == nil })
    }

    @Test(arguments: [
        ("a\tb,c\n1\t2\n", "\t"), ("a;b;c\n1,5;2;3\n", ";"), ("a|b\n", "|"), ("a\nb\n", ","),
        ("id,text\n1,\"a;b;c;d\"\n2,\"e\tf\"\n", ","), ("text\tid\na, b, c\t1\nd, e\t2\n", "\t"),
    ])
    func `tells the delimiter from the first rows`(_ text: String, _ want: String) throws {
        #expect(try rows(text).delimiter == want.utf8.first)
    }

    @Test func `says what is wrong with a row, where it lies, and reads on`() throws {
        let text =
            "a,b\n1\n1,2,3\n\"x\"y,2\n\"multi\n\nline\",2\n"
            + String(repeating: "z", count: 50) + ",2\nok,2\n\"open,1\n2,3\n"
        let (rows, _) = try rows(text, DelimitedFormat(maximumFieldBytes: 40))
        #expect(
            rows.map(\.problem) == [
                nil, .ragged(expected: 2, found: 1), .ragged(expected: 2, found: 3),
                .textAfterQuote,
                nil, .fieldTooLong(field: 0), nil, .unclosedQuote(line: 10, lines: 1), nil,
            ])
        #expect(rows.map(\.firstLine) == [1, 2, 3, 4, 5, 8, 9, 10, 11])
        #expect(rows.map(\.lastLine) == [1, 2, 3, 4, 7, 8, 9, 10, 11])
        #expect(rows[3].strings == ["xy", "2"])
        #expect(rows[5].strings == ["", "2"])
        #expect(rows[7].strings == ["open,1"])
        #expect(rows[8].strings == ["2", "3"])
        let wide = try self.rows("a,b,c,d\n", DelimitedFormat(maximumFields: 2)).rows
        #expect(wide[0].problem == .tooManyFields(limit: 2))
        #expect(wide[0].strings == ["a", "b"])
    }

    @Test(arguments: ["\n", "\r\n"], ["", "\n"])
    func `a quote that never closes costs its own line and no other`(
        lineEnd: String, last: String
    ) throws {
        // The longest file outgrows the reader's buffer, and some outgrow the longest field.
        for (lines, limit) in [(3, 16 << 20), (40, 60), (40, 100), (9_000, 16 << 20)] {
            for stray in lines < 100 ? [2, lines / 2 + 1, lines] : [9] {
                var text = (1...lines).map { number in
                    number == stray
                        ? "a\(number),\"b\(number)" : "a\(number),\(number) and the rest"
                }
                text[0] = "id,text"
                let file = text.joined(separator: lineEnd) + (last.isEmpty ? "" : lineEnd)
                let rows = try rows(file, DelimitedFormat(maximumFieldBytes: limit)).rows
                #expect(rows.map(\.firstLine) == Array(1...lines))
                #expect(rows.map(\.lastLine) == Array(1...lines))
                #expect(rows[stray - 1].strings == ["a\(stray)", "b\(stray)"])
                guard case .unclosedQuote(stray, let passed) = rows[stray - 1].problem else {
                    Issue.record("\(String(describing: rows[stray - 1].problem))")
                    continue
                }
                #expect(limit == 16 << 20 ? passed == lines - stray : passed <= lines - stray)
                for (index, row) in rows.enumerated() where index + 1 != stray {
                    #expect(row.problem == nil && row.strings.joined(separator: ",") == text[index])
                }
            }
        }
    }

    @Test func `a record over several lines may hold the quote that never closes`() throws {
        let text = "a,b\n\"one\ntwo\",\"th\"\"ree\nfo\"\"ur\n\"\"five,6\n7,\"8\n9\"\n"
        // The quote of line 3 would close at the one of line 6, or nowhere.
        for (file, last) in [(text, "8\n9"), (text.replacing(",\"8\n9\"", with: ",8"), "8")] {
            let open = try rows(file, .csv).rows
            #expect(
                open.map(\.strings) == [
                    ["a", "b"], ["one\ntwo", "th\"ree"], ["fo\"\"ur"], ["five", "6"], ["7", last],
                ])
            #expect(open.map(\.firstLine) == [1, 2, 4, 5, 6])
            #expect(open[1].problem == .unclosedQuote(line: 3, lines: 3))
        }
    }

    @Test func `a quote that another field's opening one would close costs its own line too`()
        throws
    {
        let text = "id,text\na1,fine\na2,\"never closes\na3,\"fine, too\"\na4,plain\n"
        let rows = try rows(text, .csv).rows
        #expect(
            rows.map(\.strings) == [
                ["id", "text"], ["a1", "fine"], ["a2", "never closes"], ["a3", "fine, too"],
                ["a4", "plain"],
            ])
        #expect(rows.map(\.firstLine) == [1, 2, 3, 4, 5])
        #expect(rows.map(\.problem) == [nil, nil, .unclosedQuote(line: 3, lines: 1), nil, nil])
        // Blanks behind a closing quote are no text.
        let blank = try self.rows("a,b\n\"one\ntwo\" ,3\n", .csv).rows
        #expect(blank[1].firstLine == 2 && blank[1].lastLine == 3)
    }

    @Test func `a quote that one with text behind it would close costs its own line too`() throws {
        for tail in [" wide", "\t wide", "wide"] {
            let text = "id,text\na1,\"open\na2,fine\na3,five inch\"\(tail)\na4,plain\n"
            let rows = try rows(text, .csv).rows
            #expect(
                rows.map(\.strings) == [
                    ["id", "text"], ["a1", "open"], ["a2", "fine"],
                    ["a3", "five inch\"\(tail)"], ["a4", "plain"],
                ])
            #expect(rows.map(\.problem) == [nil, .unclosedQuote(line: 2, lines: 2), nil, nil, nil])
        }
    }

    @Test func `doubled quotes at the longest field's end do not hide that it is too long`() throws
    {
        for count in 1..<40 {
            let text = "a,b\n\"x\n" + String(repeating: "\"\"", count: count) + "\nc,d\n"
            let rows = try rows(text, DelimitedFormat(maximumFieldBytes: 20)).rows
            #expect(rows[1].problem == .unclosedQuote(line: 2, lines: count < 20 ? 2 : 1))
            #expect(rows[1].strings == ["x"])
            #expect(rows.last?.strings == ["c", "d"])
            #expect(rows.map(\.firstLine) == [1, 2, 3, 4])
        }
    }

    @Test func `a field whose first line is too long ends its row there`() throws {
        let text = "a,b\n\"" + String(repeating: "x", count: 50) + "\nc,d\ne,f\n"
        let rows = try rows(text, DelimitedFormat(maximumFieldBytes: 40)).rows
        #expect(rows.map(\.problem) == [nil, .fieldTooLong(field: 0), nil, nil])
        #expect(rows.map(\.strings) == [["a", "b"], [""], ["c", "d"], ["e", "f"]])
    }

    @Test func `a row that has not the header's width is ragged, whatever else is wrong with it`()
        throws
    {
        let text =
            "id,text,label\n7,\"sold\" out\n8,ok,ham\n9,\"a\"b\n10,\"x\"y,z\n1,\"a\"b,c,d\n2,\"a"
        #expect(
            try rows(text, .csv).rows.map(\.problem) == [
                nil, .ragged(expected: 3, found: 2), nil, .ragged(expected: 3, found: 2),
                .textAfterQuote, .ragged(expected: 3, found: 4), .unclosedQuote(line: 7, lines: 0),
            ])
    }

    @Test func `blanks behind a closing quote are no text`() throws {
        let rows = try rows("a,b\n\"x\" ,\"y\"\t\r\n\"z\"  ,1\n\"\"\"q\"\"\" ,2\n", .csv).rows
        #expect(rows.map(\.strings) == [["a", "b"], ["x", "y"], ["z", "1"], ["\"q\"", "2"]])
        #expect(rows.allSatisfy { $0.problem == nil })
    }

    @Test func `CR ends rows in a file without LF, also inside quotes`() throws {
        let (rows, delimiter) = try rows("a;b\r1;\"x\ry\"\r\r2;\"open\r3;4\r")
        #expect(delimiter == UInt8(ascii: ";"))
        #expect(rows.map(\.strings) == [["a", "b"], ["1", "x\ry"], ["2", "open"], ["3", "4"]])
        #expect(rows.map(\.firstLine) == [1, 2, 5, 6])
        #expect(rows.map(\.problem) == [nil, nil, .unclosedQuote(line: 5, lines: 1), nil])
    }

    @Test func `a byte order mark in the middle begins a row, at every place of the buffer`() throws
    {
        for size in [0, 5, 262_100, 262_130, 262_131, 262_132, 262_133, 262_134, 262_135, 300_000] {
            let long = String(repeating: "x", count: size)
            let text = "a,b\n\(long),1\n\u{FEFF}a,b\n\u{FEFF}\"p\",\u{FEFF}q"
            let rows = try rows(text, .csv).rows
            #expect(
                rows.map(\.strings) == [
                    ["a", "b"], [long, "1"], ["a", "b"], ["p", "\u{FEFF}q"],
                ])
        }
        // What only begins like one is text.
        #expect(try rows("a\nｘ\n", .csv).rows.map(\.strings) == [["a"], ["ｘ"]])
    }

    @Test func `TSV has no quotes`() throws {
        let text = "id\ttext\n1\t\"Hello\" he said\n2\t\"\n3\t\"x\n4\ty\"\n"
        #expect(
            try rows(text, .tsv).rows.map(\.strings) == [
                ["id", "text"], ["1", "\"Hello\" he said"], ["2", "\""], ["3", "\"x"],
                ["4", "y\""],
            ])
    }

    @Test func `columns by the hundred thousand are read`() throws {
        let header = (0..<100_000).map { "c\($0)" }.joined(separator: ",")
        let row = String(repeating: ",", count: 99_999)
        let rows = try rows("\(header)\n\(row)\n", .csv).rows
        #expect(rows.map(\.count) == [100_000, 100_000] && rows.allSatisfy { $0.problem == nil })
    }

    /// One row from the start of some lines, slowly: its fields, or nil when it is no row that
    /// RFC 4180 allows (with blanks behind closing quotes); it has to take all the bytes.
    private func slowRow(_ raw: [UInt8], _ delimiter: UInt8) -> [[UInt8]]? {
        var rest = raw[...]
        var fields: [[UInt8]] = []
        while true {
            var field: [UInt8] = []
            if rest.first == 34 {
                rest = rest.dropFirst()
                while true {
                    guard let byte = rest.popFirst() else { return nil }
                    if byte != 34 {
                        field.append(byte)
                    } else if rest.first == 34 {
                        rest = rest.dropFirst()
                        field.append(34)
                    } else {
                        break
                    }
                }
                let tail = rest.prefix { $0 != delimiter && $0 != 10 }
                guard tail.allSatisfy({ [32, 9, 13].contains($0) }) else { return nil }
                rest = rest.dropFirst(tail.count)
            } else {
                let plain = rest.prefix { $0 != delimiter && $0 != 10 }
                rest = rest.dropFirst(plain.count)
                field = Array(plain)
                if rest.isEmpty || rest.first == 10, field.last == 13 { field.removeLast() }
            }
            fields.append(field)
            guard let byte = rest.popFirst() else { return fields }
            if byte == 10 { return nil }
        }
    }

    @Test func `a good row has the header's width and the cells of its own lines, for many seeds`()
        throws
    {
        let pieces = [
            "a", ",", "\"", "\n", "\r\n", "\"\"", " ", "\",\"", "\"\n", "x,y\n", "é", "\\\"",
        ]
        let scratch = Scratch()
        for seed in 0..<2_000 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "csv-cells")
            var bytes = Array("id,text\n".utf8)
            for _ in 0..<draws.below(60) { bytes += Array((draws.pick(pieces) ?? "").utf8) }
            bytes.append(10)
            var reader = try DelimitedReader(path: scratch.file("c", bytes), format: .csv)
            var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
            if lines.last == [] { lines.removeLast() }
            var row = DelimitedRow()
            var next = 1
            while try reader.read(into: &row) {
                // What lies between two rows is blank, so that every line is a row's or blank.
                #expect(
                    lines[(next - 1)..<(row.firstLine - 1)].allSatisfy { $0 == [] || $0 == [13] })
                next = row.lastLine + 1
                if row.problem != nil { continue }
                let raw = Array(lines[(row.firstLine - 1)..<row.lastLine].joined(separator: [10]))
                #expect(row.count == 2)
                #expect(slowRow(raw, 44) == row.fields.map { Array(row.bytes[$0]) }, "seed \(seed)")
            }
            #expect(lines[(next - 1)...].allSatisfy { $0 == [] || $0 == [13] })
        }
    }

    @Test func `takes quotes as text when it is told to`() throws {
        let format = DelimitedFormat(delimiter: 9, quote: nil)
        let (rows, _) = try rows("a\tb\n\"x\ty\"\n", format)
        #expect(rows.map(\.strings) == [["a", "b"], ["\"x", "y\""]])
    }

    @Test func `gives back every row that was written, for many seeds`() throws {
        let pieces = ["a", ",", "\"", "\n", "\r\n", "\r", " ", "é", "\t", ";", "", "long text"]
        for seed in 0..<300 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "csv")
            let columns = 2 + draws.below(4)
            let end = draws.chance(0.5) ? "\n" : "\r\n"
            var want: [[String]] = []
            var text = ""
            for _ in 0..<draws.below(30) {
                var fields: [String] = []
                for _ in 0..<columns {
                    var field = ""
                    for _ in 0..<draws.below(5) { field += draws.pick(pieces) ?? "" }
                    fields.append(field)
                }
                want.append(fields)
                let quoted = fields.map { field in
                    let bare = !field.utf8.contains { [34, 44, 10, 13].contains($0) }
                    if bare, draws.chance(0.5) { return field }
                    let doubled = field.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }
                    return "\"" + doubled.joined() + "\""
                }
                text += quoted.joined(separator: ",") + end
            }
            let read = try rows(text, .csv).rows
            #expect(
                read.map { $0.strings.map { Array($0.utf8) } }
                    == want.map { $0.map { Array($0.utf8) } })
            #expect(read.allSatisfy { $0.problem == nil })
        }
    }

    @Test func `never loses a line of any bytes, for many seeds`() throws {
        let pieces = ["a", ",", "\"", "\n", "\r\n", "\0", "\"\"", ";", "é"]
        let scratch = Scratch()
        var read = 0
        for seed in 0..<500 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "csv-bytes")
            let bytes = randomBytes(&draws, pieces: pieces, count: draws.below(80))
            var format = DelimitedFormat(delimiter: draws.chance(0.5) ? 44 : nil)
            format.maximumFieldBytes = 1 + draws.below(20)
            // A wide encoding, or a file of mostly controls, is refused as a whole; other tests see
            // to that.
            if (try? TextStart.length(of: bytes, path: "b")) == nil { continue }
            read += 1
            var reader = try DelimitedReader(path: scratch.file("b", bytes), format: format)
            var row = DelimitedRow()
            var next = 1
            let end: UInt8 = bytes.contains(10) ? 10 : 13
            let feeds = bytes.reduce(0) { $0 + ($1 == end ? 1 : 0) }
            while try reader.read(into: &row) {
                #expect(row.firstLine >= next && row.lastLine >= row.firstLine)
                #expect(row.fields.last?.upperBound == row.bytes.count)
                next = row.lastLine + 1
            }
            #expect(next <= feeds + 2)
        }
        #expect(read > 400)
    }
}
