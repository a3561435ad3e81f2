"""Writes normalization_tables.inc (Sources/CNormalization) and the digests of its tests.

The tables are those of Unicode 17, as the package `unicodedata2` has them. Characters keep their
normal forms for ever once they are assigned, so an older version of Unicode is the same tables
without the characters that it does not know. Two such lists are written: of Unicode 14 (Python
3.11's own `unicodedata`) and of the Hugging Face package `tokenizers`, which mixes several versions
and is asked what it does with each of the 1,112,064 scalars.

Usage: python3.11 THIS OUTPUT_FOLDER, or python3.11 THIS --digests
Pinned: unicodedata2 17.0.0, tokenizers 0.23.3.
"""

import hashlib
import pathlib
import sys
import textwrap
import unicodedata as unicode_14

import unicodedata2 as unicode_17
from tokenizers import normalizers

HANGUL = range(0xAC00, 0xD7A4)
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
FORMS = ["NFD", "NFKD", "NFC", "NFKC"]

assert unicode_17.unidata_version == "17.0.0" and unicode_14.unidata_version == "14.0.0"


def tokenizers_form(form):
    return getattr(normalizers, form)().normalize_str


def codes(text):
    return [ord(character) for character in text]


def mappings():
    """Full canonical and compatibility decompositions, compositions and combining classes."""
    canonical, compatible, composed, classes = {}, {}, [], {}
    for code in SCALARS:
        if code in HANGUL:
            continue
        scalar = chr(code)
        nfd, nfkd = (unicode_17.normalize(form, scalar) for form in ("NFD", "NFKD"))
        if nfd != scalar:
            canonical[code] = codes(nfd)
            if unicode_17.normalize("NFC", nfd) == scalar:
                first = unicode_17.normalize("NFC", nfd[:-1])
                assert len(first) == 1, hex(code)
                composed.append((ord(first), ord(nfd[-1]), code))
        if nfkd != nfd:
            compatible[code] = codes(nfkd)
        if unicode_17.combining(scalar):
            classes[code] = unicode_17.combining(scalar)
    return canonical, compatible, sorted(composed), classes


def later_than_14(listed):
    return [code for code in listed if unicode_14.category(chr(code)) == "Cn"]


def unknown_to_tokenizers(canonical, compatible, classes):
    """The scalars that the package leaves as they are although Unicode 17 does not."""
    nfd, nfkd = tokenizers_form("NFD"), tokenizers_form("NFKD")
    unknown = []
    for code in sorted(canonical.keys() | compatible.keys() | classes.keys()):
        scalar = chr(code)
        knows_forms = codes(nfkd(scalar)) == (
            compatible.get(code) or canonical.get(code) or [code])
        # A mark of class 1 or 240 is put before or behind one that has a class at all.
        moves = nfd(scalar + "\u0334") != scalar + "\u0334" or (
            nfd("\u0345" + scalar) != "\u0345" + scalar)
        if not knows_forms or (code in classes and code not in canonical and not moves):
            assert nfkd(scalar) == scalar and not moves, hex(code)
            unknown.append(code)
    return unknown


def ranges(numbers):
    out = []
    for number in numbers:
        if out and out[-1][1] == number - 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return out


def runs(folds):
    """One-to-one mappings as (first, last, step, difference), those of one character left out."""
    out = []
    for code, (target,) in sorted((c, t) for c, t in folds.items() if len(t) == 1):
        difference = target - code
        if out:
            first, last, step, old = out[-1]
            gap = code - last
            if old == difference and (gap == step or (first == last and gap == 2)):
                out[-1] = (first, code, gap, old)
                continue
        out.append((code, code, 1, difference))
    return [run for run in out if run[0] != run[1]]


def array(kind, name, items):
    body = textwrap.fill(
        ", ".join(items) + ",", 100, initial_indent=" " * 4, subsequent_indent=" " * 4)
    return f"static const {kind} {name}[] = {{\n{body}\n}};\n\n"


def mapping(name, folds):
    singles = runs(folds)
    covered = {c for first, last, step, _ in singles for c in range(first, last + 1, step)}
    rest = []
    for code, parts in sorted(folds.items()):
        if code not in covered:
            rest += [f"{code | 1 << 31:#x}"] + [f"{part:#x}" for part in parts]
    return array(
        "scalar_run", name + "_runs", ["{%#x,%#x,%d,%d}" % run for run in singles]
    ) + array("uint32_t", name + "_rest", rest)


def values(name, numbers):
    out = [(0, 0)]
    for code in range(0x110000):
        value = numbers.get(code, 0)
        if out[-1][1] != value:
            out.append((code, value))
    return array("uint32_t", name + "_runs", [f"{code << 8 | value:#x}" for code, value in out])


def scalar_ranges(name, numbers):
    return array("scalar_range", name, ["{%#x,%#x}" % tuple(pair) for pair in ranges(numbers)])


def main(folder):
    canonical, compatible, composed, classes = mappings()
    listed = sorted(canonical.keys() | compatible.keys() | classes.keys())
    text = "// Generated by scripts/generate_normalization_tables.py: Unicode 17.\n\n"
    text += mapping("canonical", canonical) + mapping("compatible", compatible)
    text += array("scalar_pair", "composed", ["{%#x,%#x,%#x}" % pair for pair in composed])
    text += values("class", classes)
    text += scalar_ranges("later_than_14", later_than_14(listed))
    text += scalar_ranges(
        "unknown_to_tokenizers", unknown_to_tokenizers(canonical, compatible, classes))
    (folder / "normalization_tables.inc").write_text(text.rstrip() + "\n")


def digests():
    """SHA-256 of each form of every scalar that could have one, a line feed after each."""
    scalars = [c for c in SCALARS if c < 0x32400 or 0xE0000 <= c < 0xE1000]
    versions = {
        "unicode17": lambda form: lambda text: unicode_17.normalize(form, text),
        "unicode14": lambda form: lambda text: unicode_14.normalize(form, text),
        "tokenizers": tokenizers_form,
    }
    for version, of_form in versions.items():
        for form in FORMS:
            normal = of_form(form)
            text = "".join(normal(chr(code)) + "\n" for code in scalars)
            print(version, form, hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    digests() if sys.argv[1] == "--digests" else main(pathlib.Path(sys.argv[1]))
