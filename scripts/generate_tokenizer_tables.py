"""Writes tokenizer_classes.inc and tokenizer_mappings.inc (Sources/CKernels).

Asks the Hugging Face `tokenizers` package, which mixes several Unicode versions, what each part of
it does with each of the 1,112,064 Unicode scalars: the GPT-2 expression, `\\w`, punctuation, marks,
lower case, and grapheme clusters (by normalizers made for the question). Its normal forms are in
Sources/CNormalization. What the package cannot be asked (which scalars have which cluster property)
comes from the `regex` package and is corrected by asking.
Usage: python3 THIS OUTPUT_FOLDER. Pinned: tokenizers 0.23.3, sentencepiece 0.2.3,
transformers 5.23, regex 2026.11.15.
"""

import pathlib
import sys
import tempfile

import regex
import sentencepiece
import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers
from transformers.utils import sentencepiece_model_pb2_new as spm_model

from generate_unicode_tables import bert
from unicode_tables import HANGUL, SCALARS, array, mapping_arrays, value_runs

FLAGS = [
    "letter", "number", "space", "word", "single", "punctuation", "nonspacing", "mark", "removed",
    "chinese"]
CLUSTER = [
    "other", "CR", "LF", "control", "extend", "ZWJ", "RI", "prepend", "spacing", "L", "V", "T",
    "pictographic", "consonant", "linker", "extend_no_link"]


def charsmap(rules):
    """A precompiled normalizer with these rules, made by sentencepiece."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        code = lambda text: " ".join(f"{ord(c):X}" for c in text)
        (folder / "rules.tsv").write_text("".join(f"{code(a)}\t{code(b)}\n" for a, b in rules))
        (folder / "text.txt").write_text("some words to learn some pieces from\n" * 50)
        sentencepiece.SentencePieceTrainer.train(
            input=str(folder / "text.txt"), model_prefix=str(folder / "model"), vocab_size=60,
            model_type="unigram", normalization_rule_tsv=str(folder / "rules.tsv"),
            hard_vocab_limit=False, minloglevel=3)
        model = spm_model.ModelProto()
        model.ParseFromString((folder / "model.model").read_bytes())
    return normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap).normalize_str


def classify():
    split = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str
    word = pre_tokenizers.Whitespace().pre_tokenize_str
    blank = pre_tokenizers.WhitespaceSplit().pre_tokenize_str
    punctuation = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    nonspacing, mark = bert(strip=True), normalizers.StripAccents().normalize_str
    clean, chinese = bert(clean=True), bert(chinese=True)
    single = Tokenizer(models.WordLevel({"u": 0}, unk_token="u"))
    single.add_tokens([AddedToken("q", single_word=True, normalized=False)])
    flags = {}
    for code in SCALARS:
        c = chr(code)
        value = 0
        if len(split("a" + c)) == 1:
            value |= 1
        elif len(split("1" + c)) == 1:
            value |= 2
        if len(blank("a" + c + "b")) == 2:
            value |= 4
            assert len(split("!" + c)) == 2
        if word("a" + c)[0][1] == (0, 2):
            value |= 8
        if 1 not in single.encode("q" + c).ids:
            value |= 16
        if len(punctuation("a" + c + "b")) == 3:
            value |= 32
        if nonspacing("a" + c) == "a":
            value |= 64
        if mark("a" + c) == "a":
            value |= 128
        if clean(c) == "":
            value |= 256
        if chinese(c) != c:
            value |= 512
        flags[code] = value
    return flags


def clusters():
    """The grapheme cluster property of each scalar that has one."""
    kinds = {}
    names = {
        "CR": "CR", "LF": "LF", "Control": "control", "ZWJ": "ZWJ", "RI": "RI", "L": "L", "V": "V",
        "T": "T", "Prepend": "prepend", "SpacingMark": "spacing"}
    ask = charsmap([("a", "X")])
    pictographic = regex.compile(r"\p{Extended_Pictographic}")
    properties = {name: regex.compile(r"\p{GCB=%s}" % name) for name in names}
    for code in SCALARS:
        c = chr(code)
        kind = next((k for name, k in names.items() if properties[name].match(c)), "other")
        if kind == "other" and pictographic.match(c):
            kind = "pictographic"
        joined = ask("a" + c) == "X"
        if joined and kind not in ("ZWJ", "spacing"):
            kind = "extend"
        elif not joined and kind in ("spacing", "ZWJ"):
            kind = "other"
        kinds[code] = kind
    # Indic conjuncts (rule GB9c): only scalars of three bytes can matter.
    indic = [c for c in range(0x900, 0xAC00) if regex.match(r"\p{Lo}", chr(c))]
    ask = charsmap([(chr(c), "Y") for c in indic + [0x958]])
    ka, virama, grave = "\u0915", "\u094d", "\u0300"
    for code in indic:
        if ask(ka + virama + chr(code) + grave).endswith(grave) and kinds[code] == "other":
            kinds[code] = "consonant"
    for code in [c for c in SCALARS if kinds[c] == "extend"]:
        if ask(ka + chr(code) + "\u0958" + grave).endswith(grave):
            kinds[code] = "linker"
        elif not ask(ka + chr(code) + virama + "\u0958" + grave).endswith(grave):
            kinds[code] = "extend_no_link"
    return {code: CLUSTER.index(kind) for code, kind in kinds.items()}


def lower_case():
    lower = normalizers.Lowercase().normalize_str
    return {
        code: [ord(x) for x in lower(chr(code))] for code in SCALARS
        if code not in HANGUL and lower(chr(code)) != chr(code)}


def main(folder):
    head = [
        f"// Generated by generate_tokenizer_tables.py from tokenizers {tokenizers.__version__}.",
        ""]
    flags, kinds = classify(), clusters()
    values = {code: flags[code] | kinds[code] << 12 for code in SCALARS}
    combinations = sorted(set(values.values()) | {0})
    assert len(combinations) < 256
    text = list(head)
    text += array("uint16_t", "class_flags", [f"{x:#x}" for x in combinations])
    text += array(
        "uint32_t", "class_runs",
        [f"{code << 8 | combinations.index(value):#x}" for code, value in value_runs(values)])
    (folder / "tokenizer_classes.inc").write_text("\n".join(text))

    text = list(head) + mapping_arrays("small", lower_case())
    (folder / "tokenizer_mappings.inc").write_text("\n".join(text))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
