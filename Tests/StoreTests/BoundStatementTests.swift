import GRDB
import Records
import Testing

@testable import Store

struct BoundStatementTests {
    @Test(arguments: ["", "plain", "\u{0}", "a\u{0}b\u{0}", "naïve \u{0} 東京 \u{1F600}\u{0}"])
    func `a text is read back as it was written, whatever is in it`(text: String) throws {
        let queue = try DatabaseQueue()
        try queue.write { database in
            try database.execute(sql: "CREATE TABLE texts (id INTEGER, body TEXT) STRICT")
            try BoundStatement("INSERT INTO texts VALUES (?, ?)", database)
                .execute([.integer(1), .text(text)])
            let select = try BoundStatement(
                "SELECT body, typeof(body), length(CAST(body AS BLOB)) FROM texts WHERE body = ?",
                database)
            let found = try select.first([.text(text)]) { columns in
                (columns.text(0), columns.text(1), columns.integer(2))
            }
            #expect(found?.0.map { Array($0.utf8) } == Array(text.utf8))
            #expect(found?.1 == "text")
            #expect(found?.2 == text.utf8.count)
        }
    }

    @Test func `texts that differ behind a NUL are two keys`() throws {
        let queue = try DatabaseQueue()
        let keys = try queue.write { database in
            try database.execute(sql: "CREATE TABLE keys (key TEXT PRIMARY KEY) STRICT")
            let insert = try BoundStatement("INSERT OR IGNORE INTO keys VALUES (?)", database)
            for key in ["a\u{0}b", "a\u{0}c", "a"] { try insert.execute([.text(key)]) }
            return try Int.fetchOne(database, sql: "SELECT count(*) FROM keys")
        }
        #expect(keys == 3)
    }
}
