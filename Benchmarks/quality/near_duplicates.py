#!/usr/bin/env python3
"""Recall of `dedupe` on edited copies, and what it merges wrongly.

    near_duplicates.py CURATE TEXTS.jsonl[.gz] [--rows 5000] [--seed 1] [--set near.threshold=0.5]

Every text of a sample gets one copy with an edit of one kind. `copies` must be merged, `others`
(an identity, a number or a word exchanged, a negation added) must not. A false pair is a merge of
two texts of the sample. Standard library only.
"""
import argparse
import collections
import gzip
import json
import os
import random
import re
import subprocess
import tempfile

HOMOGLYPHS = {"a": "а", "c": "с", "e": "е", "i": "і", "o": "о", "p": "р", "s": "ѕ", "x": "х",
              "y": "у", "h": "һ", "j": "ј", "k": "κ", "n": "ո", "u": "υ", "v": "ν", "w": "ԝ"}
LEET = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7", "l": "1"}
KEYS = {a: b for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for a, b in zip(row, row[1:])}
IDENTITIES = ["muslim", "christian", "jewish", "gay", "black", "white", "asian", "women", "men",
              "immigrants", "trans", "mexican", "american", "atheist", "old", "young", "girl",
              "boy", "woman", "man", "he", "she", "his", "her"]


def inner(word, draw):
    return draw.randrange(1, len(word) - 1)


def typo(word, draw):
    if len(word) < 4 or not word.isalpha():
        return word
    at = inner(word, draw)
    kind = draw.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1:]
    if kind == 1 and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2:]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + KEYS.get(word[at].lower(), "e") + word[at + 1:]


def some(words, draw, share, change, fits=lambda w: len(w) > 3 and w.isalpha()):
    places = [at for at, w in enumerate(words) if fits(w)]
    chosen = draw.sample(places, min(len(places), max(1, round(len(places) * share))))
    return " ".join(change(w) if at in chosen else w for at, w in enumerate(words))


def letters(table, share):
    def change(words, draw):
        return "".join(table[c.lower()] if c.lower() in table and draw.random() < share else c
                       for c in " ".join(words))
    return change


def mark(words, draw):
    return "".join(c + draw.choice("\u0301\u0308\u0303") if c.isalpha() and draw.random() < .3
                   else c for c in " ".join(words))


def fancy(word):
    return "".join(chr(0x1D5EE + ord(c) - 97) if "a" <= c <= "z" else c for c in word)


COPIES = {
    "homoglyphs": letters(HOMOGLYPHS, .5),
    "leet": letters(LEET, .6),
    "typos": lambda w, d: some(w, d, .3, lambda x: typo(x, d)),
    "one_typo": lambda w, d: some(w, d, 0, lambda x: typo(x, d)),
    "case": lambda w, d: "".join(c.upper() if d.random() < .5 else c for c in " ".join(w)),
    "spacing": lambda w, d: "".join(c + (" " * d.randrange(1, 4) if c == " " else "")
                                    for c in " ".join(w)),
    "joined": lambda w, d: re.sub(" ", lambda m: "" if d.random() < .4 else " ", " ".join(w)),
    "spaced_out": lambda w, d: some(w, d, .4, lambda x: " ".join(x)),
    "punctuation": lambda w, d: "".join(c + d.choice(["!", "...", ",", " -", ""])
                                        for c in " ".join(w).split(" ") for c in [c + " "]),
    "punctuation_inside": lambda w, d: some(w, d, .4, lambda x: x[:2] + d.choice(".-_") + x[2:]),
    "truncated": lambda w, d: " ".join(w[:max(3, round(len(w) * .75))]),
    "cut_inside_word": lambda w, d: " ".join(w)[:max(12, round(len(" ".join(w)) * .8))],
    "appended": lambda w, d: " ".join(w + d.choice(
        ["read more here", "lol ok", "please share this", "just saying my friends"]).split()),
    "prepended": lambda w, d: d.choice(["RT @someone: ", "fwd: ", "ok so ", "well "]) + " ".join(w),
    "zero_width": lambda w, d: "".join(c + ("\u200b" if d.random() < .3 else "")
                                       for c in " ".join(w)),
    "diacritics": mark,
    "fancy_font": lambda w, d: some(w, d, .5, fancy),
    "drawn_out": lambda w, d: some(w, d, .3, lambda x: x[:2] + x[2] * d.randrange(3, 6) + x[3:]),
    "masked": lambda w, d: some(w, d, .2, lambda x: x[0] + "*" * (len(x) - 2) + x[-1]),
    "emoji": lambda w, d: " ".join(w) + " " + d.choice("😂🙏🔥🙂"),
    "doubled_word": lambda w, d: some(w, d, 0, lambda x: x + " " + x),
    "markdown": lambda w, d: some(w, d, .3, lambda x: "**" + x + "**"),
    "address": lambda w, d: " ".join(w) + " https://t.co/" + "%06x" % d.randrange(1 << 24),
    "hashtags": lambda w, d: some(w, d, .3, lambda x: "#" + x),
}


def swap_identity(words, draw):
    at = [i for i, w in enumerate(words) if w.lower().strip(".,!?") in IDENTITIES]
    at = draw.choice(at) if at else draw.randrange(1, len(words) - 1)
    if words[at].lower() not in IDENTITIES:
        words = words[:at] + [draw.choice(IDENTITIES)] + words[at:]
        return " ".join(words), " ".join(
            w if i != at else draw.choice([x for x in IDENTITIES if x != words[at]])
            for i, w in enumerate(words))
    other = draw.choice([x for x in IDENTITIES if x != words[at].lower()])
    return " ".join(words), " ".join(other if i == at else w for i, w in enumerate(words))


def negate(words, draw):
    at = draw.randrange(1, len(words) - 1)
    return " ".join(words), " ".join(words[:at] + [draw.choice(["not", "never", "no"])] + words[at:])


def renumber(words, draw):
    at = draw.randrange(1, len(words) - 1)
    one, two = draw.sample(range(10, 100), 2)
    return tuple(" ".join(words[:at] + [str(n)] + words[at:]) for n in (one, two))


def reword(vocabulary):
    def change(words, draw):
        at = draw.choice([i for i, w in enumerate(words) if len(w) > 3 and 0 < i < len(words) - 1]
                         or [1])
        return " ".join(words), " ".join(
            draw.choice(vocabulary) if i == at else w for i, w in enumerate(words))
    return change


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as lines:
        return [json.loads(line)["text"] for line in lines]


def made(texts, draw, rows):
    texts = sorted({" ".join(t.split()) for t in texts})
    texts = [t for t in texts if 7 <= len(t.split()) <= 40]
    draw.shuffle(texts)
    common = collections.Counter(w for t in texts for w in t.lower().split() if w.isalpha())
    vocabulary = [w for w, n in common.most_common(2000) if len(w) > 3]
    others = {"identity_swap": swap_identity, "negated": negate, "number": renumber,
              "word_exchanged": reword(vocabulary)}
    kinds = [(k, True) for k in COPIES] + [(k, False) for k in others]
    for number, text in enumerate(texts[:rows]):
        kind, is_copy = kinds[number % len(kinds)]
        words = text.split()
        if is_copy:
            one, two = text, COPIES[kind](words, draw)
        else:
            one, two = others[kind](words, draw)
        yield f"{number}a", one, kind, is_copy
        if two.strip() and two != one:
            yield f"{number}b", two, kind, is_copy


def main():
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("curate")
    ask.add_argument("texts")
    ask.add_argument("--rows", type=int, default=5000)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--set", action="append", default=[])
    ask.add_argument("--show", help="print the missed or wrongly merged texts of a kind")
    given = ask.parse_args()
    rows = list(made(read(given.texts), random.Random(given.seed), given.rows))
    random.Random(given.seed + 1).shuffle(rows)
    kind_of = {i: (k, c) for i, _, k, c in rows}
    text_of = {i: t for i, t, _, _ in rows}
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/in.jsonl", "w") as out:
            for i, text, _, _ in rows:
                out.write(json.dumps({"id": i, "text": text}) + "\n")
        near = ", ".join(s.removeprefix("near.").replace("=", ": ") for s in given.set)
        with open(f"{folder}/p.yaml", "w") as out:
            out.write("version: 1\nname: p\nsources: [{path: in.jsonl}]\n"
                      f"stages: [ingest, {{use: dedupe, near: {{{near}}}}}]\n")
        run = subprocess.run([os.path.abspath(given.curate), "run", "p.yaml", "-o", "o"],
                             cwd=folder, capture_output=True, text=True)
        if run.returncode not in (0, 1):
            raise SystemExit(run.stderr)
        pairs = []
        for name in sorted(os.listdir(f"{folder}/o/p/02-dedupe")):
            if name.startswith("refused"):
                with open(f"{folder}/o/p/02-dedupe/{name}") as lines:
                    pairs += [(r["id"], r.get("matched")) for r in map(json.loads, lines)]
    merged = collections.Counter()
    missed = {i[:-1] for i, (_, c) in kind_of.items() if i.endswith("b")}
    false = []
    for one, two in pairs:
        if two and one[:-1] == two[:-1]:
            merged[kind_of[one][0]] += 1
            missed.discard(one[:-1])
        else:
            false.append((one, two))
    made_of = collections.Counter(k for i, (k, _) in kind_of.items() if i.endswith("b"))
    total = [0, 0]
    for is_copy in (True, False):
        print("copies: recall" if is_copy else "others: merged")
        for kind in sorted({k for k, c in kind_of.values() if c == is_copy}):
            print(f"  {kind:20} {merged[kind] / made_of[kind]:.3f}  of {made_of[kind]}")
            if is_copy:
                total[0] += merged[kind]
                total[1] += made_of[kind]
    print(f"recall over all copies {total[0] / total[1]:.4f}, false pairs {len(false)}")
    if given.show == "false":
        for one, two in false[:40]:
            print("A", text_of[one], "\nB", text_of.get(two), "\n")
    elif given.show:
        is_copy = given.show in COPIES
        for i in sorted(i for i, (k, _) in kind_of.items() if k == given.show and i.endswith("b")):
            if (i[:-1] in missed) == is_copy:
                print("A", text_of[i[:-1] + "a"], "\nB", text_of[i], "\n")


if __name__ == "__main__":
    main()
