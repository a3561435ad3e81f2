#!/usr/bin/env python3
"""Writes labelled rows as JSONL for measuring pipelines: the same bytes for the same arguments.

    Benchmarks/pipeline/rows.py ROWS [--characters 90] [--seed 0] > rows.jsonl

Texts are random made-up words of about `--characters` characters. One row in 50 is an exact copy of one of
the last 10,000 new texts and one in 50 a near copy with one other word; copies keep the label in
nine of ten cases. Identifiers are 32 hexadecimal digits. Memory does not grow with the rows.
"""
import argparse
import random
import sys

# Syllables of few letters give words that mean nothing, and enough of them that two texts of 2,000
# characters share few runs of five letters by chance.
SYLLABLES = [consonant + vowel for consonant in "bdklmnrsvz" for vowel in "aeiou"]
WORDS = 50_000
LABELS = ["spam", "ham", "other"]
REMEMBERED = 10_000


def main():
    parser = argparse.ArgumentParser(description="Writes labelled rows for measuring pipelines.")
    parser.add_argument("rows", type=int)
    parser.add_argument("--characters", type=int, default=90)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draws = random.Random(options.seed)
    words = [
        "".join(draws.sample(SYLLABLES, draws.randint(2, 4))) for _ in range(WORDS)
    ]
    count = max(1, round(options.characters / (1 + sum(map(len, words)) / len(words))))
    recent = []
    lines = []
    for row in range(options.rows):
        kind = draws.random()
        if recent and kind < 0.04:
            text, label = recent[int(draws.random() * len(recent))]
            if kind < 0.02:
                parts = text.split(" ")
                parts[int(draws.random() * len(parts))] = draws.choice(words)
                text = " ".join(parts)
            if draws.random() < 0.1:
                label = draws.choice(LABELS)
        else:
            text = " ".join(draws.choices(words, k=count))
            label = LABELS[int(draws.random() * 3)]
            if len(recent) < REMEMBERED:
                recent.append((text, label))
            else:
                recent[row % REMEMBERED] = (text, label)
        lines.append(
            f'{{"id":"{draws.getrandbits(128):032x}","text":"{text}","label":"{label}"}}\n')
        if len(lines) == 4_096:
            sys.stdout.writelines(lines)
            lines.clear()
    sys.stdout.writelines(lines)


main()
