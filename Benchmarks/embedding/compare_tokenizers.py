"""Times our tokenizers beside Hugging Face's `tokenizers`, one thread each, in turn.

Usage: python3 compare_tokenizers.py TEXTS.jsonl TOKENIZER.json PACKAGE_FOLDER WORK_FOLDER

TEXTS has one {"text": ...} a line (their words also make the mixed and the long texts), TOKENIZER
is that of a BERT model, PACKAGE_FOLDER is built with
`swift build -c release -Xswiftc -enable-testing --build-tests`. A byte-level BPE and a Unigram
tokenizer of 30,000 tokens are trained on the texts. Prints, for each tokenizer and length, texts a
CPU second of both (fastest of 5 passes, median of 3 rounds) and their ratio; identifiers must be equal. Pinned:
tokenizers 0.23.3, sentencepiece 0.2.3, transformers 5.23.
"""

import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

import sentencepiece
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers.utils import sentencepiece_model_pb2_new as spm_model

ROUNDS = 3
PASSES = 5
MAXIMUM = 256


def pairs(texts):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=30000, special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, False)
    return tokenizer


def unigram(texts):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "text.txt").write_text("\n".join(t.replace("\n", " ") for t in texts), encoding="utf-8")
        sentencepiece.SentencePieceTrainer.train(
            input=str(path / "text.txt"), model_prefix=str(path / "model"), vocab_size=30000,
            model_type="unigram", hard_vocab_limit=False, minloglevel=3, normalization_rule_name="nmt_nfkc")
        model = spm_model.ModelProto()
        model.ParseFromString((path / "model.model").read_bytes())
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(p.piece, p.score) for p in model.pieces][3:]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    tokenizer.normalizer = normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


def corpora(texts):
    rng = random.Random(1)
    short = [t for t in texts if 5 <= len(t.split()) <= 16]
    pick = lambda words: " ".join(rng.choice(texts) for _ in range(words // 10 + 1))
    return {
        "short": [rng.choice(short) for _ in range(20000)],
        "mixed": [pick(rng.randrange(8, 100)) for _ in range(6000)],
        "long": [pick(300) for _ in range(1500)]}


def ours(package, work, name, corpus):
    environment = dict(
        os.environ, CURATE_TOKENIZER_SPEED=str(work), CURATE_TOKENIZER_CASE=f"{name} {corpus}")
    subprocess.run(
        ["swift", "test", "-c", "release", "-Xswiftc", "-enable-testing", "--skip-build",
         "--filter", "TokenizerSpeedTests"], cwd=package, env=environment, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds, count, *ids = (work / "ours.txt").read_text().split()
    return int(count) / float(seconds), [int(x) for x in ids]


def theirs(tokenizer, texts):
    seconds = float("inf")
    for _ in range(PASSES):
        before = time.process_time()
        encodings = tokenizer.encode_batch_fast(texts)
        seconds = min(seconds, time.process_time() - before)
    return len(texts) / seconds, [x for e in encodings for x in e.ids]


def main(texts_path, bert, package, work):
    work = pathlib.Path(work)
    work.mkdir(parents=True, exist_ok=True)
    with open(texts_path, encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    tokenizers = {"WordPiece": Tokenizer.from_file(bert), "BPE": pairs(texts), "Unigram": unigram(texts)}
    for corpus, lines in corpora(texts).items():
        (work / f"{corpus}.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in lines))
        for name, tokenizer in tokenizers.items():
            tokenizer.no_padding()
            tokenizer.no_truncation()
            tokenizer.save(str(work / f"{name}.json"))
            tokenizer.enable_truncation(MAXIMUM)
            rounds = []
            for _ in range(ROUNDS):
                our_speed, our_ids = ours(package, work, name, corpus)
                their_speed, their_ids = theirs(tokenizer, lines)
                if our_ids != their_ids:
                    sys.exit(f"{name}, {corpus}: other identifiers")
                rounds.append((our_speed, their_speed, our_speed / their_speed))
            our_speed, their_speed, ratio = (statistics.median(x) for x in zip(*rounds))
            print(f"{name:10} {corpus:6} ours {our_speed:9.0f} texts/s, theirs {their_speed:8.0f}, ratio {ratio:.1f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
