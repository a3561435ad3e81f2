"""Writes small models with random weights, and what sentence-transformers makes of them.

Usage: python3 make_tiny_models.py OUTPUT_FOLDER
       python3 make_tiny_models.py --large OUTPUT_FOLDER    (base-sized, for timing; not kept)

Needs sentence-transformers 6.2.0, transformers 5.23.0, tokenizers 0.23.3, torch 2.15.0. Each model
has a tokenizer trained on the sentences below, which were written for this project; the trainers break
ties by chance, so a second run writes other tokenizers. The vectors of
models.json come from 32-bit floats, whatever type the weights are stored in.
"""

import json
import os
import pathlib
import shutil
import sys

import torch
import transformers
import tokenizers
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

from make_goldens import HOSTILE, PLAIN

CORPUS = [text for text in PLAIN + HOSTILE if len(text) < 400] * 4 + [
    "The seller answered within an hour and was friendly throughout.",
    "Please stop writing to me; I have asked you twice already.",
    "Meeting moved to Thursday, same room, bring the printed forms.",
    "caf\u00e9 na\u00efve r\u00e9sum\u00e9 \u00fcber stra\u00dfe se\u00f1or",
] * 4

TEXTS = PLAIN[:12] + HOSTILE + [
    "<s>literal</s> <pad> tokens <pad><pad> and <mask> <unk>", "<pad>", "word " * 100,
    "The quick brown fox jumps over the lazy dog. " * 40, " leading and trailing ",
]


def word_piece(lower, specials, size):
    pad, unknown, first, last, mask = specials
    tokenizer = tokenizers.Tokenizer(models.WordPiece(unk_token=unknown))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    order = [first, pad, last, unknown, mask] if pad == "<pad>" else list(specials)
    trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=order, limit_alphabet=120)
    tokenizer.train_from_iterator(CORPUS, trainer)
    ids = {token: tokenizer.token_to_id(token) for token in specials}
    middle = f"{last} {last}" if pad == "<pad>" else last
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", pair=f"{first} $A {middle} $B:1 {last}:1",
        special_tokens=[(first, ids[first]), (last, ids[last])])
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def byte_pairs(size):
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def unigram(size):
    tokenizer = tokenizers.Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(tokenizers.Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    trainer = trainers.UnigramTrainer(
        vocab_size=size, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        unk_token="<unk>")
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


BERT_SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
NAMES = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")


def write_tokenizer(folder, tokenizer, specials, maximum):
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {name: token for name, token in zip(NAMES, specials)}
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    config["model_max_length"] = maximum
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1))


def randomise(model, seed):
    """Weights large enough that every part shows in the result."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            values = torch.randn(parameter.shape, generator=generator)
            norm = "LayerNorm" in name or "layer_norm" in name
            if norm and name.endswith("weight"):
                parameter.copy_(1 + 0.2 * values)
            elif parameter.dim() == 1:
                parameter.copy_(0.2 * values)
            elif "relative_attention_bias" in name:
                parameter.copy_(values)
            elif "embeddings" in name:
                parameter.copy_(0.5 * values)
            else:
                parameter.copy_(values * 1.5 / parameter.shape[1] ** 0.5)


def write_weights(folder, model, dtype, prefix="", shards=1, drop=("pooler",)):
    tensors = {
        prefix + name: value.detach().to(dtype).contiguous()
        for name, value in model.state_dict().items() if not name.startswith(drop)}
    if shards == 1:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names = sorted(tensors)
    places = {}
    for shard in range(shards):
        file = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        part = names[shard::shards]
        save_file({name: tensors[name] for name in part}, folder / file, metadata={"format": "pt"})
        places.update({name: file for name in part})
    index = {"metadata": {"total_size": 0}, "weight_map": dict(sorted(places.items()))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def write_sentence_files(folder, width, pooling, maximum, prompts=None, default=None,
                         old_flags=False, normalize=True, include_prompt=True):
    modules = [("", "Transformer"), ("1_Pooling", "Pooling")]
    if normalize:
        modules.append(("2_Normalize", "Normalize"))
    package = "sentence_transformers.models."
    entries = [
        {"idx": index, "name": str(index), "path": path, "type": package + kind}
        for index, (path, kind) in enumerate(modules)]
    (folder / "modules.json").write_text(json.dumps(entries, indent=1))
    (folder / "1_Pooling").mkdir()
    if old_flags:
        flags = {
            f"pooling_mode_{name}": name == pooling
            for name in ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens")}
        config = {"word_embedding_dimension": width, **flags}
    else:
        config = {"embedding_dimension": width, "pooling_mode": pooling,
                  "include_prompt": include_prompt}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(config, indent=1))
    sentence = {"do_lower_case": False}
    if maximum:
        sentence["max_seq_length"] = maximum
    (folder / "sentence_bert_config.json").write_text(json.dumps(sentence, indent=1))
    if prompts:
        (folder / "config_sentence_transformers.json").write_text(json.dumps(
            {"prompts": prompts, "default_prompt_name": default, "similarity_fn_name": "cosine"},
            indent=1))


def save(root, name, model, tokenizer, specials, maximum):
    folder = root / name
    folder.mkdir(parents=True)
    model.config.save_pretrained(folder)
    write_tokenizer(folder, tokenizer, specials, maximum)
    return folder


def goldens(folder, prompts=(None,)):
    """Rows for each prompt, and a few for each pooling and type of weights."""
    model = SentenceTransformer(
        str(folder), device="cpu", model_kwargs={"dtype": torch.float32})
    runs = []
    for prompt in prompts:
        texts = TEXTS if prompt == prompts[0] else TEXTS[:8]
        text = model._resolve_prompt(None, prompt) or ""
        ids = model.tokenizer(
            [text + row for row in texts], truncation=True,
            max_length=model.max_seq_length)["input_ids"]
        runs.append(run(model, texts, ids, prompt=prompt, pooling=None))
    pooling = model[1]
    kept = pooling.pooling_mode
    for mode in ("mean", "cls", "lasttoken"):
        pooling.pooling_mode = mode
        texts = TEXTS[:6]
        text = model._resolve_prompt(None, None) or ""
        ids = model.tokenizer([text + row for row in texts], truncation=True,
                              max_length=model.max_seq_length)["input_ids"]
        runs.append(run(model, texts, ids, prompt=None, pooling=mode))
    pooling.pooling_mode = kept
    return {"folder": folder.name, "maximum": model.max_seq_length, "runs": runs}


def run(model, texts, ids, prompt, pooling):
    kind = {"prompt_name": prompt} if prompt else {}
    vectors = model.encode(texts, normalize_embeddings=True, batch_size=1, **kind)
    rows = [
        {"text": text, "ids": row, "vector": [round(float(x), 7) for x in vector]}
        for text, row, vector in zip(texts, ids, vectors)]
    return {"prompt": prompt, "pooling": pooling, "rows": rows}


def tiny(root):
    size = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64)
    results = []

    # BERT, cased, [CLS] pooling, new form of the pooling file, prompts, 16-bit floats.
    tokenizer = word_piece(False, BERT_SPECIALS, 360)
    model = transformers.BertModel(transformers.BertConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=64, **size))
    randomise(model, 1)
    folder = save(root, "bert-cased", model, tokenizer, BERT_SPECIALS, 64)
    write_weights(folder, model, torch.float16)
    write_sentence_files(
        folder, 32, "cls", 48, {"query": "query: ", "passage": "passage: "}, "query")
    results.append(goldens(folder, (None, "passage")))

    # BERT as plain transformers saves it: no modules.json, a prefix, old names of the layer norms.
    tokenizer = word_piece(True, BERT_SPECIALS, 360)
    model = transformers.BertModel(transformers.BertConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=40, **size))
    randomise(model, 2)
    folder = save(root, "bert-plain", model, tokenizer, BERT_SPECIALS, 10 ** 30)
    write_weights(folder, model, torch.bfloat16, prefix="bert.", drop=("nothing",))
    results.append(goldens(folder))

    # DistilBERT, three layers, two heads, old flags, no Normalize, a prompt left out of the mean.
    tokenizer = word_piece(True, BERT_SPECIALS, 300)
    model = transformers.DistilBertModel(transformers.DistilBertConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=50, dim=48, n_layers=3,
        n_heads=2, hidden_dim=80))
    randomise(model, 3)
    folder = save(root, "distilbert", model, tokenizer, BERT_SPECIALS, 64)
    write_weights(folder, model, torch.float16, prefix="distilbert.")
    write_sentence_files(folder, 48, "mean_tokens", None, old_flags=True, normalize=False)
    results.append(goldens(folder))

    # MPNet: relative attention; texts long enough for the farthest bucket.
    specials = ("<pad>", "[UNK]", "<s>", "</s>", "<mask>")
    tokenizer = word_piece(True, specials, 300)
    model = transformers.MPNetModel(transformers.MPNetConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=182,
        relative_attention_num_buckets=32, layer_norm_eps=1e-5,
        **dict(size, num_hidden_layers=2)))
    randomise(model, 4)
    folder = save(root, "mpnet", model, tokenizer, specials, 180)
    write_weights(folder, model, torch.float16)
    write_sentence_files(folder, 32, "mean_tokens", 180, old_flags=True)
    results.append(goldens(folder))

    # RoBERTa, byte pairs, last token, positions from 2.
    specials = ("<pad>", "<unk>", "<s>", "</s>", "<mask>")
    model_tokenizer = byte_pairs(380)
    model = transformers.RobertaModel(transformers.RobertaConfig(
        vocab_size=model_tokenizer.get_vocab_size(), max_position_embeddings=62,
        type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2,
        **size))
    randomise(model, 5)
    folder = save(root, "roberta", model, model_tokenizer, specials, 60)
    write_weights(folder, model, torch.float16, prefix="roberta.")
    write_sentence_files(folder, 32, "lasttoken", None)
    results.append(goldens(folder))

    # XLM-RoBERTa, Unigram, two shards, a prompt that pooling leaves out.
    model_tokenizer = unigram(320)
    model = transformers.XLMRobertaModel(transformers.XLMRobertaConfig(
        vocab_size=model_tokenizer.get_vocab_size(), max_position_embeddings=66,
        type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2,
        **size))
    randomise(model, 6)
    folder = save(root, "xlm-roberta", model, model_tokenizer, specials, 64)
    write_weights(folder, model, torch.bfloat16, prefix="0.auto_model.", shards=2)
    write_sentence_files(
        folder, 32, "mean", 40,
        {"query": "Represent this sentence: ", "document": ""}, include_prompt=False)
    results.append(golden_of_prefixed(folder, model, ("query", "document")))

    made_with = {
        "sentence_transformers": "6.2.0", "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__, "torch": torch.__version__}
    with open(root / "models.json", "w", encoding="ascii") as file:
        lines = ",\n".join(json.dumps(result, separators=(",", ":")) for result in results)
        file.write('{"made_with": %s,\n"models": [\n%s\n]}\n' % (json.dumps(made_with), lines))


def golden_of_prefixed(folder, model, prompts):
    """transformers does not know the prefix sentence-transformers once wrote: without it here."""
    plain = folder.with_name("plain-for-goldens")
    shutil.copytree(folder, plain)
    for file in plain.glob("model*safetensors*"):
        file.unlink()
    write_weights(plain, model, torch.bfloat16)
    result = goldens(plain, prompts)
    result["folder"] = folder.name
    shutil.rmtree(plain)
    return result


def large(root):
    """Base-sized models: MPNet (109 M numbers) and XLM-RoBERTa (278 M), 32-bit floats."""
    specials = ("<pad>", "[UNK]", "<s>", "</s>", "<mask>")
    tokenizer = word_piece(True, specials, 2000)
    model = transformers.MPNetModel(transformers.MPNetConfig(vocab_size=30527))
    folder = save(root, "mpnet-base", model, tokenizer, specials, 512)
    write_weights(folder, model, torch.float32)
    write_sentence_files(folder, 768, "mean_tokens", 384, old_flags=True)
    specials = ("<pad>", "<unk>", "<s>", "</s>", "<mask>")
    tokenizer = unigram(1000)
    model = transformers.XLMRobertaModel(transformers.XLMRobertaConfig(
        vocab_size=250002, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5))
    folder = save(root, "xlm-roberta-base", model, tokenizer, specials, 512)
    write_weights(folder, model, torch.float32)
    write_sentence_files(folder, 768, "mean", 512)


if __name__ == "__main__":
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    torch.set_num_threads(1)
    target = pathlib.Path(sys.argv[-1])
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    large(target) if sys.argv[1] == "--large" else tiny(target)
