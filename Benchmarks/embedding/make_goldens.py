"""Writes Tests/EncoderTests/Golden/sentence_transformers.json from the Python package itself.

Usage: python3 make_goldens.py MODEL_FOLDER OUTPUT.json
The texts are written for this project; half of them are hostile Unicode.
"""

import json
import sys

import sentence_transformers
import tokenizers

PLAIN = [
    "Hello world",
    "hello world",
    "The parcel arrived two days late, but the seller apologised and sent a refund.",
    "Would you like to meet for coffee on Saturday at 10:30?",
    "BUY NOW!!! Limited offer!!! Visit our shop and get 50% off everything...",
    "[ADULT][MESSAGE] let's talk somewhere else, add me on the other app",
    "[GENERAL][LISTING] Wooden table, 120x80 cm, a few scratches, pick-up only.",
    "I can't believe it's not working; I've tried everything (twice).",
    "e-mail me at someone@example.com or see https://example.com/a?b=c#d",
    "def f(x): return x**2 + 1  # squares",
    "She said: \"It's fine\", and left.",
    "antidisestablishmentarianism floccinaucinihilipilification",
    "a", "42", "3.14159 2.71828 1.61803", "snake_case camelCase kebab-case",
    "You are rude and nobody wants you in this group.",
    "Great teacher, patient and clear; my daughter looks forward to every lesson.",
    "word " * 300,
    "The quick brown fox jumps over the lazy dog. " * 12,
]

HOSTILE = [
    "",
    "   \t\r\n ",
    "\x00\x00nul\x00inside\x00",
    "[SEP]", "a[SEP]b [CLS][MASK] [PAD] [UNK] [sep] [SEP ]",
    "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466 family \U0001F1E9\U0001F1EA "
    "\U0001F44D\U0001F3FD",
    "e\u0301 cafe\u0301 na\u00efve \u00c5ngstr\u00f6m Z\u0351\u036b\u0343a\u0321\u031elgo",
    "\u6211\u662f\u4e2d\u56fd\u4eba\u3002\u4f60\u597dworld\uf900\U0002f800",
    "\u3053\u3093\u306b\u3061\u306f\u3001\u4e16\u754c\uff01 \u30ac\u30ae\uff76\uff9e",
    "\ud55c\uad6d\uc5b4 \uac01\uac02 \u1100\u1161\u11a8",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0650\u0627\u0644\u0639\u0627\u0644\u0645 "
    "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd \u202eabc\u202c",
    "lone \ufffd\ufffd surrogates \ufeff replaced",
    "x" * 101 + " " + "y" * 100 + " " + "\u00e9" * 100 + " " + "\u00e9" * 101,
    "\u0130stanbul I\u0131 \u1e9e\u00df \u01c5 \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
    "soft\u00adhyphen zero\u200bwidth word\u2060joiner",
    "\u2000en\u2003em\u3000wide\u00a0no-break\u2028line\u2029paragraph\u0085next\u000bvt",
    "\u037e \u1fef \u2014 \u2026 \u00bf\u00a1 \u300c\u300d \uff0c \u0964 \u2460 \u00b2 \u2120",
    "\ufb01 \ufb03 \u2168 \u210c \U0001d54f \U0001d400\U0001d401",
    "\u0958 \u0929 \u0a36 \u0f73 \U0001d15e \u302e\u302f \u1b44\u0334 \U000e0041 \ue000 \u0378",
    "\u0430\u0440\u0440\u04cf\u0435 p\u0430ypal \u0439 \u0451 \u0419\u0401 v1@gr@ fr33",
]


def main(folder, output):
    model = sentence_transformers.SentenceTransformer(folder, device="cpu")
    texts = PLAIN + HOSTILE
    ids = model.tokenizer(texts, truncation=True, max_length=model.max_seq_length)["input_ids"]
    vectors = model.encode(texts, normalize_embeddings=True, batch_size=1)
    rows = [
        {"text": text, "ids": row, "vector": [round(float(x), 8) for x in vector[:8]]}
        for text, row, vector in zip(texts, ids, vectors)]
    made_with = {
        "sentence_transformers": sentence_transformers.__version__,
        "tokenizers": tokenizers.__version__, "model": "all-MiniLM-L6-v2"}
    with open(output, "w", encoding="ascii") as file:
        lines = ",\n".join(json.dumps(row) for row in rows)
        file.write('{"made_with": %s,\n"rows": [\n%s\n]}\n' % (json.dumps(made_with), lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
