"""The texts of the comparison: words of the model's vocabulary, drawn with a fixed seed.

Every word is one token, so a text's length in tokens is known; frequent words are frequent.
"""

import json
import os
import random


def words(folder):
    with open(os.path.join(folder, "vocab.txt"), encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file]
    # The vocabulary lists words by how frequent they are.
    return [word for word in lines if word.isascii() and word.isalpha() and len(word) > 1]


def text(draws, vocabulary, tokens):
    # Zipf's law by its inverse: ranks fall off with 1/rank. [CLS] and [SEP] count as tokens.
    picked = [
        vocabulary[int(len(vocabulary) ** draws.random()) - 1] for _ in range(tokens - 2)]
    return " ".join(picked)


def make(folder, work, divisor=1):
    """Writes short, mixed and long, whole and halved, and returns their paths by name."""
    vocabulary = words(folder)
    draws = random.Random(1)
    lengths = {
        # 12 to 20 tokens, 16 in the mean; 8 to 128, 52 in the mean; more than the 256 of the cut.
        "short": [draws.randint(12, 20) for _ in range(1024)],
        "mixed": [8 + int(120 * draws.random() ** 1.7) for _ in range(512)],
        "long": [draws.randint(260, 300) for _ in range(96)],
    }
    paths = {}
    for name, tokens in lengths.items():
        tokens = tokens[: len(tokens) // divisor]
        rows = [json.dumps({"text": text(draws, vocabulary, count)}) for count in tokens]
        for suffix, part in (("", rows), ("-half", rows[: len(rows) // 2])):
            paths[name + suffix] = os.path.join(work, f"{name}{suffix}.jsonl")
            with open(paths[name + suffix], "w", encoding="utf-8") as file:
                file.write("\n".join(part) + "\n")
    return paths
