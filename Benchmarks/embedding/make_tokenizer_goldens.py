"""Trains small tokenizers of every kind and writes what `tokenizers` makes of hostile texts.

Usage:
  python3 make_tokenizer_goldens.py train FOLDER     tokenizers, golden identifiers (FOLDER/tokenizers)
  python3 make_tokenizer_goldens.py fuzz FOLDER COUNT SEED    the same tokenizers and one with the
      whole map of sentencepiece, and COUNT random texts with identifiers for each, apart; with a
      COUNT of 0, texts that hold every Unicode scalar
Pinned: tokenizers 0.23.3, sentencepiece 0.2.3, transformers 5.23. The sentences are this project's.
"""

import base64
import json
import pathlib
import sys
import tempfile

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers.utils import sentencepiece_model_pb2_new as spm_model

from hostile_texts import WORDS, every_scalar, texts

SENTENCES = [
    "The parcel arrived two days late, but the seller apologised and sent a refund.",
    "Would you like to meet for coffee on Saturday at 10:30?", "I can't believe it's not working; I've tried twice.",
    "You are rude and nobody wants you in this group.", "Great teacher, patient and clear.",
    "Das Paket kam zwei Tage sp\u00e4ter an, aber der Verk\u00e4ufer hat sich entschuldigt.",
    "Stra\u00dfe, \u00c4pfel, \u00d6l und \u00fcbermorgen: alles wird gut.",
    "Le caf\u00e9 est tr\u00e8s bon, mais le gar\u00e7on \u00e9tait d\u00e9\u00e7u.", "El ni\u00f1o com\u00eda pi\u00f1a ma\u00f1ana; \u00bfqu\u00e9 tal?",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043a\u0430\u043a \u0434\u0435\u043b\u0430? \u0421\u0435\u0433\u043e\u0434\u043d\u044f \u0445\u043e\u0440\u043e\u0448\u0430\u044f \u043f\u043e\u0433\u043e\u0434\u0430.",
    "\u039a\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1, \u03c4\u03b9 \u03ba\u03ac\u03bd\u03b5\u03c4\u03b5;", "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd", "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u4eca\u5929\u5929\u6c14\u5f88\u597d\uff0c\u6211\u4eec\u53bb\u516c\u56ed\u5427\u3002", "\u3053\u3093\u306b\u3061\u306f\u3001\u5143\u6c17\u3067\u3059\u304b\uff1f", "\uc548\ub155\ud558\uc138\uc694 \uc138\uacc4, \ubc18\uac11\uc2b5\ub2c8\ub2e4.",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e, \u0906\u092a \u0915\u0948\u0938\u0947 \u0939\u0948\u0902?", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u0e0a\u0e32\u0e27\u0e42\u0e25\u0e01",
    "So happy today \U0001F600\U0001F44D thank you \u2764\ufe0f \U0001F1E9\U0001F1EA", "e-mail someone@example.com or call 555 0100 now!!!",
    "snake_case camelCase 3.14159 2024-01-31 50% off $5", "it's we've they're I'll you'd I'm don't"]

BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA = ["<s>", "<pad>", "</s>", "<unk>"]
MAXIMUM = 48


def corpus():
    return SENTENCES * 5 + [" ".join(WORDS[i:i + 9]) for i in range(0, len(WORDS), 5)]


def frame(tokenizer, first, last):
    return processors.TemplateProcessing(
        single=f"{first} $A {last}", pair=f"{first} $A {last} $B:1 {last}:1",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in (first, last)])


def mask(tokenizer):
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True, normalized=False)])


def word_piece(specials, normalizer, splitter, unknown="[UNK]", size=700):
    tokenizer = Tokenizer(models.WordPiece(unk_token=unknown))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, splitter
    tokenizer.train_from_iterator(corpus(), trainers.WordPieceTrainer(vocab_size=size, special_tokens=specials))
    return tokenizer


def uncased():
    tokenizer = word_piece(BERT, normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer())
    tokenizer.post_processor = frame(tokenizer, "[CLS]", "[SEP]")
    return tokenizer


def cased():
    tokenizer = word_piece(
        BERT, normalizers.BertNormalizer(lowercase=False, strip_accents=None), pre_tokenizers.BertPreTokenizer())
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", tokenizer.token_to_id("[SEP]")), ("[CLS]", tokenizer.token_to_id("[CLS]")))
    return tokenizer


def mpnet():
    tokenizer = word_piece(
        ["<s>", "<pad>", "</s>", "[UNK]"], normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer())
    mask(tokenizer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>")))
    return tokenizer


def word_piece_general():
    """Accents kept apart from case, other splitter, tokens of their own kind."""
    tokenizer = word_piece(
        BERT, normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()]),
        pre_tokenizers.Whitespace())
    tokenizer.add_tokens([
        AddedToken("Day", single_word=True), AddedToken("e-mail", rstrip=True, normalized=False),
        AddedToken("caf\u00e9", normalized=True), AddedToken("\u4f60\u597d", normalized=False)])
    tokenizer.post_processor = frame(tokenizer, "[CLS]", "[SEP]")
    return tokenizer


def word_piece_marked():
    """Lower case with accents, no cleaning: marks stay in the vocabulary."""
    tokenizer = word_piece(
        BERT, normalizers.Sequence([
            normalizers.NFKD(),
            normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=False)]),
        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()]))
    tokenizer.post_processor = frame(tokenizer, "[CLS]", "[SEP]")
    return tokenizer


def byte_level(prefix, size, normalizer=None):
    tokenizer = Tokenizer(models.BPE())
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=size, special_tokens=ROBERTA, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def roberta():
    tokenizer = byte_level(False, 900)
    mask(tokenizer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>")), True, False)
    return tokenizer


def byte_level_composed():
    tokenizer = byte_level(True, 700, normalizers.NFC())
    tokenizer.add_tokens([AddedToken("Day", single_word=True), AddedToken("\u212b", normalized=True, rstrip=True)])
    tokenizer.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=True), frame(tokenizer, "<s>", "</s>")])
    return tokenizer


def byte_level_merges_ignored():
    tokenizer = byte_level(False, 600)
    description = json.loads(tokenizer.to_str())
    description["model"]["ignore_merges"] = True
    # Written as in older files.
    description["model"]["merges"] = [" ".join(pair) for pair in description["model"]["merges"]][:200]
    return Tokenizer.from_str(json.dumps(description))


def pairs_with_fallback():
    names = [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=900, special_tokens=ROBERTA + names))
    return Tokenizer.from_str(tokenizer.to_str().replace('"byte_fallback":false', '"byte_fallback":true'))


def pairs_unknown():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tokenizer.train_from_iterator(
        SENTENCES[:8], trainers.BpeTrainer(vocab_size=300, special_tokens=ROBERTA))
    return tokenizer


def unigram_composed():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Strip(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(corpus(), trainers.UnigramTrainer(
        vocab_size=700, special_tokens=ROBERTA, unk_token="<unk>"))
    mask(tokenizer)
    tokenizer.post_processor = frame(tokenizer, "<s>", "</s>")
    return tokenizer


def sentence_piece(rules=None, **options):
    """A model of sentencepiece: pieces with scores, and its map."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "text.txt").write_text("\n".join(corpus() * 3), encoding="utf-8")
        if rules:
            code = lambda text: " ".join(f"{ord(c):X}" for c in text)
            (folder / "rules.tsv").write_text("".join(f"{code(a)}\t{code(b)}\n" for a, b in rules))
            options["normalization_rule_tsv"] = str(folder / "rules.tsv")
        else:
            options["normalization_rule_name"] = "nmt_nfkc"
        sentencepiece.SentencePieceTrainer.train(
            input=str(folder / "text.txt"), model_prefix=str(folder / "model"), vocab_size=800,
            model_type="unigram", hard_vocab_limit=False, minloglevel=3, num_threads=1, **options)
        model = spm_model.ModelProto()
        model.ParseFromString((folder / "model.model").read_bytes())
    return [(p.piece, p.score) for p in model.pieces], model.normalizer_spec.precompiled_charsmap


def xlm_roberta(rules=None):
    """As transformers converts XLM-RoBERTa's sentencepiece model."""
    pieces, charsmap = sentence_piece(rules)
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)] + pieces[3:] + [("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3))
    tokenizer.normalizer = normalizers.Precompiled(charsmap)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")])
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in ROBERTA])
    mask(tokenizer)
    tokenizer.post_processor = frame(tokenizer, "<s>", "</s>")
    return tokenizer


def some_rules():
    """A small map: widths, ligatures, marks, digits, spaces, some things that vanish."""
    rules = [(chr(0xFF01 + i), chr(0x21 + i)) for i in range(94)]
    rules += [("\ufb01", "fi"), ("\ufb03", "ffi"), ("e\u0301", "\u00e9"), ("\u212b", "\u00c5"), ("\u3000", " ")]
    rules += [("\u00a0", " "), ("\t", " "), ("\n", " "), ("\r", ""), ("\u200b", ""), ("\ufdfa", "ABC DEF")]
    rules += [("\u0958", "\u0915\u093c"), ("\u00bd", "1\u20442"), ("\u304b\u3099", "\u304c"), ("\u0301", "'")]
    rules += [("\u2122", "TM"), ("\u00a9", "(c)"), ("\u0600", "N"), ("\uac01", "gag"), ("\u1100", "g"), ("\x7f", "")]
    return rules


def unigram_fallback():
    pieces, charsmap = sentence_piece(some_rules(), byte_fallback=True)
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(charsmap), normalizers.Strip(left=False, right=True),
        normalizers.Replace(Regex(" {2,}"), "\u2581")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.add_special_tokens(["<s>", "</s>"])
    tokenizer.post_processor = frame(tokenizer, "<s>", "</s>")
    return tokenizer


KINDS = {
    "wordpiece_uncased": uncased, "wordpiece_cased": cased, "mpnet": mpnet, "wordpiece_general": word_piece_general,
    "wordpiece_marked": word_piece_marked, "roberta": roberta, "byte_level_composed": byte_level_composed,
    "byte_level_merges_ignored": byte_level_merges_ignored, "pairs_with_fallback": pairs_with_fallback,
    "pairs_unknown": pairs_unknown, "unigram_composed": unigram_composed,
    "xlm_roberta": lambda: xlm_roberta(some_rules()), "unigram_fallback": unigram_fallback}


def identifiers(tokenizer, batch):
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAXIMUM)
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(batch)]


def compact(tokenizer):
    tokenizer.no_truncation()
    return json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=True, separators=(",", ":"))


def train(folder):
    folder = folder / "tokenizers"
    folder.mkdir(parents=True, exist_ok=True)
    batch = texts(250, 1)
    kinds = {}
    for name, make in KINDS.items():
        tokenizer = make()
        (folder / f"{name}.json").write_text(compact(tokenizer) + "\n")
        kinds[name] = identifiers(tokenizer, batch)
    with open(folder / "golden.jsonl", "w") as file:
        for index, text in enumerate(batch):
            line = {"text": text, "ids": {name: ids[index] for name, ids in kinds.items()}}
            file.write(json.dumps(line, separators=(",", ":")) + "\n")


def fuzz(folder, count, seed, source):
    folder.mkdir(parents=True, exist_ok=True)
    trained = {name: Tokenizer.from_file(str(source / "tokenizers" / f"{name}.json")) for name in KINDS}
    trained["xlm_roberta_whole_map"] = xlm_roberta()
    for number, (name, tokenizer) in enumerate(trained.items()):
        (folder / f"{name}.json").write_text(compact(tokenizer))
        batch = texts(count, seed * 100 + number) if count else list(every_scalar())
        with open(folder / f"{name}.jsonl", "w") as file:
            for text, ids in zip(batch, identifiers(tokenizer, batch)):
                file.write(json.dumps({"text": text, "ids": ids}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(pathlib.Path(sys.argv[2]))
    else:
        golden = pathlib.Path(__file__).parents[2] / "Tests/EncoderTests/Golden"
        fuzz(pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), golden)
