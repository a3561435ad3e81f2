internal import GRDB

/// The tables, as migrations: a step once released is never edited, a change is a new step.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 replies, intents, vectors, runs, decisions") { db in
            try db.execute(sql: first)
        }
        migrator.registerMigration("2 batches") { db in try db.execute(sql: second) }
        migrator.registerMigration("3 spending") { db in try db.execute(sql: spending) }
        migrator.registerMigration("4 checksums of vectors") { db in
            // xxHash64 of the bytes; null for vectors of before.
            try db.execute(sql: "ALTER TABLE vectors ADD COLUMN checksum INTEGER")
        }
        return migrator
    }

    /// Times are milliseconds since 1970 UTC, money is millionths of the endpoint's currency.
    ///
    /// `vectors` leads with the text, whose hash is spread evenly; `decisions` is append-only, the
    /// latest row of a record and category counts.
    private static let first = """
        CREATE TABLE replies (
            key BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
            state TEXT NOT NULL,
            http_status INTEGER NOT NULL,
            body BLOB NOT NULL,
            model TEXT,
            prompt_tokens INTEGER,
            completion_tokens INTEGER,
            cost_microunits INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            reason TEXT,
            created INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX replies_created ON replies (created);

        CREATE TABLE intents (
            key BLOB NOT NULL CHECK (length(key) = 32),
            attempt INTEGER NOT NULL,
            reserved_microunits INTEGER NOT NULL,
            created INTEGER NOT NULL,
            PRIMARY KEY (key, attempt)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE vectors (
            text BLOB NOT NULL CHECK (length(text) = 32),
            model BLOB NOT NULL CHECK (length(model) = 32),
            vector BLOB NOT NULL,
            created INTEGER NOT NULL,
            PRIMARY KEY (text, model)
        ) STRICT;
        CREATE INDEX vectors_created ON vectors (created);

        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            pipeline TEXT NOT NULL,
            started INTEGER NOT NULL,
            finished INTEGER,
            state TEXT NOT NULL,
            summary TEXT
        ) STRICT;

        CREATE TABLE decisions (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            record TEXT NOT NULL,
            category TEXT NOT NULL,
            decision TEXT NOT NULL,
            who TEXT NOT NULL,
            made INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX decisions_record ON decisions (record, category, number);
        """

    /// Hours are those since 1970 UTC; the endpoint is empty for calls a kill left open.
    private static let spending = """
        CREATE TABLE spending (
            hour INTEGER NOT NULL,
            run INTEGER NOT NULL,
            endpoint TEXT NOT NULL,
            calls INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            microunits INTEGER NOT NULL,
            estimated INTEGER NOT NULL,
            PRIMARY KEY (hour, run, endpoint)
        ) STRICT, WITHOUT ROWID;
        """

    /// `batch_calls` says which batch carries a call, and afterwards how many have done so in vain;
    /// it leads with the key, which is asked for most.
    private static let second = """
        CREATE TABLE batches (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            endpoint TEXT NOT NULL,
            path TEXT NOT NULL,
            input BLOB NOT NULL CHECK (length(input) = 32),
            file TEXT,
            remote TEXT,
            state TEXT NOT NULL,
            calls INTEGER NOT NULL,
            answered INTEGER NOT NULL DEFAULT 0,
            created INTEGER NOT NULL,
            changed INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX batches_endpoint ON batches (endpoint, state);

        CREATE TABLE batch_calls (
            key BLOB NOT NULL CHECK (length(key) = 32),
            batch INTEGER NOT NULL,
            PRIMARY KEY (key, batch)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX batch_calls_batch ON batch_calls (batch);
        """
}
