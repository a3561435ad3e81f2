"""What a killed run's ledger holds: replies.py DATABASE replies|intents|keys|hours

`keys` prints, for every reply, the row it answers; the row is found by asking the ledger for each
row's key in the order in which the benchmark makes them, so a copy of the file is read. `hours` prints how many
full hours lie between its first reply and its last, by the clock of the program that wrote them.
"""
import shutil
import sqlite3
import sys
import tempfile

source, what = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    for suffix in ("", "-wal"):
        try:
            shutil.copy(source + suffix, folder + "/copy" + suffix)
        except FileNotFoundError:
            pass
    database = sqlite3.connect(folder + "/copy")
    if what == "keys":
        for (key,) in database.execute("SELECT key FROM replies ORDER BY key"):
            print(key.hex())
    elif what == "hours":
        first, last = database.execute("SELECT min(created), max(created) FROM replies").fetchone()
        print((last - first) // 3_600_000)
    elif what == "intents":
        print(database.execute("SELECT count(DISTINCT key) FROM intents").fetchone()[0])
    else:
        print(database.execute("SELECT count(*) FROM replies").fetchone()[0])
