"""Texts that take tokenizers apart: fixed ones, and random ones of a given seed."""

import random

WORDS = """the a of to and in is that it was for on are with his they at be this from have or by one
had not but what all were when we there can an your which their said if do will each about how up
out them then she many some so these would other into has more her two like him see time could no
make than first been its who now people my made over did down only way find use may water long
little very after words called just where most know get through back much before go good new write
our used me man too any day same right look think also around another came come work three word
must because does part even place well such here take why things help put years different away
again off went old number great tell men say small every found still between name should home big
give air line set own under read last never us left end along while might next sound below saw
something thought both few those always looked show large often together asked house don't I'll
we've they're it's can't you'd I'm parcel refund seller meeting group message friend teacher""".split()

HOSTILE = [
    "", " ", "   \t\r\n ", "\x00\x00nul\x00inside\x00", "[SEP]", "a[SEP]b [CLS][MASK] [PAD] [UNK] [sep] [SEP ]",
    "<s>", "a</s>b <mask> <pad><unk> <S> < s> <s", "  <mask>  after", "x <mask><mask>  y\n<mask>",
    "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466 family \U0001F1E9\U0001F1EA \U0001F44D\U0001F3FD",
    "e\u0301 cafe\u0301 na\u00efve \u00c5ngstr\u00f6m Z\u0351\u036b\u0343a\u0321\u031elgo",
    "\u6211\u662f\u4e2d\u56fd\u4eba\u3002\u4f60\u597dworld\uf900\U0002f800",
    "\u3053\u3093\u306b\u3061\u306f\u3001\u4e16\u754c\uff01 \u30ac\u30ae\uff76\uff9e \u304b\u3099",
    "\ud55c\uad6d\uc5b4 \uac01\uac02 \u1100\u1161\u11a8 \uac00\u11a8 \u1100\u1161",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0650\u0627\u0644\u0639\u0627\u0644\u0645 "
    "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd \u202eabc\u202c \ufdfa \ufefb",
    "lone \ufffd\ufffd surrogates \ufeff replaced",
    "x" * 101 + " " + "y" * 100 + " " + "\u00e9" * 100 + " " + "\u00e9" * 101, "ab" * 300, " " * 200,
    "\u0130stanbul I\u0131 \u1e9e\u00df \u01c5 \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
    "soft\u00adhyphen zero\u200bwidth word\u2060joiner",
    "\u2000en\u2003em\u3000wide\u00a0no-break\u2028line\u2029paragraph\u0085next\u000bvt",
    "\u037e \u1fef \u2014 \u2026 \u00bf\u00a1 \u300c\u300d \uff0c \u0964 \u2460 \u00b2 \u2120 \u2122",
    "\ufb01 \ufb03 \ufb01\u0301 \u2168 \u210c \U0001d54f \U0001d400\U0001d401 \u00bd \u2474 \u3392",
    "\u0958 \u0929 \u0a36 \u0f73 \U0001d15e \u302e\u302f \u1b44\u0334 \U000e0041 \ue000 \u0378",
    "\u0915\u094d\u0958\u0300 \u0915\u094d\u200d\u0937 \u0915\u0903\u0300 \u0e01\u0e33 \u0eb3",
    "\u0430\u0440\u0440\u04cf\u0435 p\u0430ypal \u0439 \u0451 \u0419\u0401 v1@gr@ fr33",
    "line\r\nbreak\r\rand\n\nmore\t\ttabs  two   three    spaces ", "a\u0315\u0300\u05ae\u0300b \u0f71\u0f72\u0f74",
    "\u2581under\u2581\u2581score \u2581 x", "it's I'LL we've 's 't'm 'll're'd d'x ''s",
    "12345 1,234.5 \u0661\u0662\u0663 \u2167\u00bc\u00be 3\u00b2 4\u20e3 #\ufe0f\u20e3 \u00a9\ufe0f\u200d\u00a9",
    "\u0600a \u0600\u0301 \u06dd1 \U000110bdx \u110b\u1175\u11ab \ua960\ud7b0\ud7cb",
    "<0x41> <0xE2> ##ing ## [MASK]s \u0120hello \u010a Day monday Day.", "day Days Day days\u0301 DAY",
    "http://example.com/a?b=c#d someone@example.com $5.00 100% a_b-c", "\u00c0\u0300 \u01d5 \u1e69 \u212b \u1fc1 \u0344",
]

SCRIPTS = [
    (0x20, 0x7F), (0x20, 0x7F), (0x00, 0x20), (0xA0, 0x180), (0x180, 0x250), (0x250, 0x300), (0x300, 0x370),
    (0x370, 0x400), (0x400, 0x530), (0x530, 0x600), (0x600, 0x700), (0x700, 0x800), (0x900, 0x980),
    (0x980, 0xA80), (0xA80, 0xC00), (0xC00, 0xE00), (0xE00, 0x1000), (0x1000, 0x1100), (0x1100, 0x1200),
    (0x1E00, 0x2000), (0x2000, 0x2070), (0x2070, 0x2190), (0x2460, 0x2500), (0x2600, 0x27C0), (0x3000, 0x3100),
    (0x3100, 0x3400), (0x4E00, 0x5000), (0xA960, 0xA980), (0xAC00, 0xAD00), (0xD7B0, 0xD800), (0xF900, 0xFB00),
    (0xFB00, 0xFE00), (0xFE00, 0xFF00), (0xFF00, 0x10000), (0x1D400, 0x1D500), (0x1F1E6, 0x1F200),
    (0x1F300, 0x1F650), (0x1F900, 0x1FA00), (0x20000, 0x20100), (0x2F800, 0x2FA20), (0xE0000, 0xE0100)]

BITS = [
    "[SEP]", "[CLS]", "[MASK]", "[UNK]", "<s>", "</s>", "<mask>", "<unk>", "<pad>", " <mask> ", "\r\n", "\n", "\t",
    "  ", "   ", "\u00a0", "\u3000", "\u200b", "\u200d", "\ufe0f", "\u0301", "\u0300\u0323", "\u0345", "'s", "'ll",
    "'", "\u2581", "##", "<0x0A>", "\u0130", "\ufb01", "\ufdfa", "\u1e9e", "\u03a3", "\u1100\u1161\u11a8",
    "\u0915\u094d\u0937", "\u00e9", "e\u0301", "\ufffd", "\x00", "\x7f", "\x85", "\u2028", "\ue000", "\u0378",
    "Day", " day", "Days", "\U0001F468\u200D\U0001F469", "\U0001F1E9\U0001F1EA", "\u00c5", "\u212b", "\ud7a3\u11a8"]


def scalar(rng):
    if rng.random() < 0.02:
        while True:
            code = rng.randrange(0x110000)
            if not 0xD800 <= code < 0xE000:
                return chr(code)
    low, high = rng.choice(SCRIPTS)
    return chr(rng.randrange(low, high))


def random_text(rng):
    parts = []
    for _ in range(rng.randrange(1, 14)):
        kind = rng.random()
        if kind < 0.3:
            word = rng.choice(WORDS)
            style = rng.random()
            parts.append(word.upper() if style < 0.1 else word.title() if style < 0.3 else word)
        elif kind < 0.45:
            parts.append(rng.choice(BITS))
        elif kind < 0.6:
            low, high = rng.choice(SCRIPTS)
            parts.append("".join(chr(rng.randrange(low, high)) for _ in range(rng.randrange(1, 6))))
        elif kind < 0.8:
            parts.append("".join(scalar(rng) for _ in range(rng.randrange(1, 5))))
        elif kind < 0.85:
            parts.append(str(rng.randrange(100000)))
        if rng.random() < 0.6:
            parts.append(" ")
    return "".join(parts)


def texts(count, seed):
    rng = random.Random(seed)
    return (HOSTILE + [random_text(rng) for _ in range(count)])[:count]


def every_scalar():
    """Each Unicode scalar between letters, beside spaces and under an accent, six to a text."""
    scalars = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    for start in range(0, len(scalars), 6):
        yield " ".join(f"a{c}b {c}\u0301" for c in scalars[start:start + 6])
