"""Compares our vectors, and our token identifiers, with the Python package sentence-transformers.

Usage: python3 compare_with_sentence_transformers.py MODEL_FOLDER TEXTS.jsonl OURS.npy [IDS.jsonl]

TEXTS has one {"text": ...} a line, OURS.npy is float32 [texts, dimension], IDS.jsonl one list a
line. Prints the largest absolute difference of a component and how many texts have other tokens;
exits 1 when a difference exceeds 1e-4 or a token differs.
"""

import json
import sys
import time

import numpy
import sentence_transformers
import torch


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main(folder, texts_path, ours_path, ids_path=None):
    torch.set_num_threads(1)
    model = sentence_transformers.SentenceTransformer(folder, device="cpu")
    texts = [row["text"] for row in read(texts_path)]
    ours = numpy.load(ours_path)
    before = time.process_time()
    theirs = model.encode(texts, normalize_embeddings=True, batch_size=32)
    seconds = time.process_time() - before
    if ours.shape != theirs.shape:
        sys.exit(f"shapes differ: ours {ours.shape}, theirs {theirs.shape}")
    differences = numpy.abs(ours - theirs).max(axis=1)
    worst = int(differences.argmax())
    print(f"texts {len(texts)}, largest absolute difference {differences[worst]:.3g} (row {worst})")
    print(f"sentence-transformers: {len(texts) / seconds:.0f} texts a CPU second, one thread")
    wrong = 0
    if ids_path:
        ids = model.tokenizer(texts, truncation=True, max_length=model.max_seq_length)["input_ids"]
        wrong = sum(a != b for a, b in zip(ids, read(ids_path), strict=True))
        print(f"texts with other token identifiers: {wrong}")
    if differences[worst] > 1e-4 or wrong:
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
