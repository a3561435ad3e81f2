"""One of the Python peers, as a program that embeds what it is asked to.

Usage: python3 peer.py KIND MODEL_FOLDER WORK_FOLDER

KIND is one of: sentence-transformers, ort-fp32, ort-int8, tokenizers. The first line it prints is
what it took to start and embed one text; then it answers each line of standard input, a JSON
object {"texts": FILE, "threads": N, "vectors": FILE or null}, with one of its own. It speaks the
same lines as the program embedding-benchmark, so that run.py can take them in turn.
"""

import json
import os
import resource
import sys
import time

START = time.perf_counter()
BATCH = 32


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def load_sentence_transformers(folder, _work):
    import sentence_transformers
    import torch

    model = sentence_transformers.SentenceTransformer(folder, device="cpu")

    def encode(texts, threads):
        torch.set_num_threads(threads)
        return model.encode(
            texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)

    return encode


def load_tokenizer(folder):
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    with open(os.path.join(folder, "sentence_bert_config.json"), encoding="utf-8") as file:
        tokenizer.enable_truncation(json.load(file)["max_seq_length"])
    tokenizer.no_padding()
    return tokenizer


def load_tokenizers(folder, _work):
    tokenizer = load_tokenizer(folder)

    def encode(texts, _threads):
        tokenizer.encode_batch_fast(texts)

    return encode


def export(folder, path):
    """The plain export: the model's own operations, batch and length left open."""
    import torch
    import transformers

    model = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").eval()

    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask, token_type_ids):
            return self.model(
                input_ids=input_ids, attention_mask=attention_mask,
                token_type_ids=token_type_ids).last_hidden_state

    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = torch.ones((2, 16), dtype=torch.long)
    axes = {name: {0: "batch", 1: "length"} for name in [*names, "hidden"]}
    torch.onnx.export(
        Plain().eval(), (example, example, torch.zeros_like(example)), path, input_names=names,
        output_names=["hidden"], dynamic_axes=axes, opset_version=17, dynamo=False)


def load_ort(folder, work, int8):
    import numpy
    import onnxruntime

    plain = os.path.join(work, "model.onnx")
    if not os.path.exists(plain):
        export(folder, plain + ".part")
        os.replace(plain + ".part", plain)
    path = plain
    if int8:
        path = os.path.join(work, "model.int8.onnx")
        if not os.path.exists(path):
            from onnxruntime.quantization import QuantType, quantize_dynamic

            quantize_dynamic(
                plain, path + ".part", per_channel=True, weight_type=QuantType.QInt8)
            os.replace(path + ".part", path)
    tokenizer = load_tokenizer(folder)
    sessions = {}

    def session(threads):
        if threads not in sessions:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            sessions[threads] = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"])
        return sessions[threads]

    def encode(texts, threads):
        run = session(threads)
        ids = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        vectors = numpy.empty((len(ids), 384), numpy.float32)
        for at in range(0, len(order), BATCH):
            rows = order[at : at + BATCH]
            longest = len(ids[rows[-1]])
            tokens = numpy.zeros((len(rows), longest), numpy.int64)
            mask = numpy.zeros((len(rows), longest), numpy.int64)
            for row, index in enumerate(rows):
                tokens[row, : len(ids[index])] = ids[index]
                mask[row, : len(ids[index])] = 1
            (hidden,) = run.run(None, {
                "input_ids": tokens, "attention_mask": mask,
                "token_type_ids": numpy.zeros_like(tokens)})
            weight = mask[:, :, None].astype(numpy.float32)
            mean = (hidden * weight).sum(axis=1) / weight.sum(axis=1)
            vectors[rows] = mean / numpy.linalg.norm(mean, axis=1, keepdims=True)
        return vectors

    return encode


def answer(wall, cpu, count):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"wall": wall, "cpu": cpu, "texts": count, "peakKiB": peak}), flush=True)


def main(kind, folder, work):
    load = {
        "sentence-transformers": load_sentence_transformers,
        "ort-fp32": lambda f, w: load_ort(f, w, False),
        "ort-int8": lambda f, w: load_ort(f, w, True),
        "tokenizers": load_tokenizers,
    }[kind]
    encode = load(folder, work)
    encode(["One text to begin with."], 1)
    answer(time.perf_counter() - START, time.process_time(), 1)
    for line in sys.stdin:
        asked = json.loads(line)
        texts = read(asked["texts"])
        wall, cpu = time.perf_counter(), time.process_time()
        vectors = encode(texts, asked["threads"])
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if asked.get("vectors") and vectors is not None:
            import numpy

            numpy.save(asked["vectors"], vectors)
        answer(wall, cpu, len(texts))


if __name__ == "__main__":
    main(*sys.argv[1:])
