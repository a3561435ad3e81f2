"""Tells from the server's log what a killed and resumed run paid twice.

    repeats.py FOLDER KILLS LOG CALLS EXPOSED

FOLDER has undisturbed.out (row, key, answer), and for each kill the log and the keys of the replies
kept at that moment. Fails when one of those was sent again later.
"""
import collections
import sys

folder, kills, log, calls, exposed = (
    sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))


def rows(path):
    return [line.split()[1] for line in open(path) if line.split()[1] != "-"]


key_of = {line.split("\t")[0]: line.split("\t")[1] for line in open(f"{folder}/undisturbed.out")}
sent = rows(log)
again = 0
for kill in range(1, kills + 1):
    answered = set(open(f"{folder}/answered.{kill}").read().split())
    later = sent[len(rows(f"{folder}/log.{kill}")):]
    again += sum(key_of[row] in answered for row in later)
times = collections.Counter(collections.Counter(sent).values())
print(f"server's log: {len(sent)} requests for {len(set(sent))} keys; requests a key: "
      + ", ".join(f"{count} keys {n} times" for n, count in sorted(times.items())))
repeated = len(sent) - len(set(sent))
print(f"sent more than once: {repeated}; exposed at the {kills} kills: {exposed}")
print(f"answered keys sent again: {again}")
sys.exit(again != 0 or repeated > exposed or len(set(sent)) != calls)
