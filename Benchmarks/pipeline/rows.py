#!/usr/bin/env python3
"""Writes labelled rows as JSONL for measuring pipelines: the same bytes for the same arguments.

    Benchmarks/pipeline/rows.py ROWS [--characters 90] [--seed 0] > rows.jsonl

Texts are random words of about `--characters` characters. One row in 50 is an exact copy of one of
the last 10,000 new texts and one in 50 a near copy with one other word; copies keep the label in
nine of ten cases. Identifiers are 32 hexadecimal digits. Memory does not grow with the rows.
"""
import argparse
import random
import sys

STARTS = """
apple autumn bamboo barley basket beach berry birch blossom bread breeze bridge brook butter button
candle canvas carpet cedar cheese cherry chestnut cinnamon clay cloud clover cobble coffee copper
coral cotton cream crystal daisy dawn desert dinner drift dusk eagle elder ember evening feather
fern field finger fire flax flower forest fountain frost garden ginger glass grain granite grape
grass harbour harvest hazel heather hedge hill hollow honey island ivory ivy jasmine kettle kitchen
lake lantern larch laurel lavender leaf lemon lilac linen maple marble market meadow melon midnight
milk mint mirror moon morning moss mountain mustard needle noon north nutmeg oak ocean olive onion
orange orchard paper parsley peach pear pebble pepper pine plum pocket pond poplar poppy rain
raspberry reed ribbon rice river rose rye saffron sage sand sea shadow shell silk silver snow south
sparrow spring star stone straw summer sun swallow thistle thyme timber tulip valley velvet village
vine violet walnut water wheat willow wind winter wood wool
""".split()

ENDS = """
bank barn bell bench board boat book bowl box branch brush cart case chest cloth coat corner cottage
cup day dish door dress edge fair fall farm fence floor folk fruit gate glow grove guide hall hat
hill hook house jar juice keeper lamp land lane leaf light line lodge maker mark mill mist nest note
pack page path patch pie place plant plate pole pool post pot ridge ring road roof room root row
sack salt scarf seat seed shade shed shelf shop shore side sign skin song spoon stall stand stem
step stick stool stove street table tea tin top tower track trail tray tree trunk view walk wall
ware way wheel wind wing work wreath yard
""".split()

LABELS = ["spam", "ham", "other"]
REMEMBERED = 10_000


def main():
    parser = argparse.ArgumentParser(description="Writes labelled rows for measuring pipelines.")
    parser.add_argument("rows", type=int)
    parser.add_argument("--characters", type=int, default=90)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draws = random.Random(options.seed)
    words = [start + end for start in STARTS for end in ENDS]
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
