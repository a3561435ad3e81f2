"""A language model of 4 MB with made weights, for llama.cpp's servers: tiny_llama.py FILE [SEED]

Two layers of random numbers, so small that the last token alone decides the next (at temperature 0):
after a prompt it says "ok" and ends; after anything else it says a space, for ever. So it loops
in white space as soon as a grammar lets it into a string. The vocabulary is the 256 bytes.
"""
import sys

import gguf
import numpy as np

path, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
draws = np.random.default_rng(seed)
width, inner, layers, heads, context = 256, 256, 2, 4, 2048

kinds = gguf.TokenType
tokens = [("<unk>", kinds.UNKNOWN), ("<s>", kinds.CONTROL), ("</s>", kinds.CONTROL)]
tokens += [(f"<0x{byte:02X}>", kinds.BYTE) for byte in range(256)] + [("\u2581", kinds.NORMAL)]
end, space = 2, len(tokens) - 1


def byte(character):
    return 3 + ord(character)


follows = {byte(">"): byte("o"), byte("o"): byte("k"), byte("k"): end}

writer = gguf.GGUFWriter(path, "llama")
writer.add_name("tiny-llama")
writer.add_context_length(context)
writer.add_embedding_length(width)
writer.add_block_count(layers)
writer.add_feed_forward_length(inner)
writer.add_head_count(heads)
writer.add_head_count_kv(heads)
writer.add_rope_dimension_count(width // heads)
writer.add_layer_norm_rms_eps(1e-5)
writer.add_vocab_size(len(tokens))
writer.add_file_type(gguf.LlamaFileType.ALL_F32)
writer.add_tokenizer_model("llama")
writer.add_token_list([text for text, _ in tokens])
writer.add_token_scores([0.0] * len(tokens))
writer.add_token_types([kind for _, kind in tokens])
writer.add_bos_token_id(1)
writer.add_eos_token_id(end)
writer.add_unk_token_id(0)
writer.add_add_space_prefix(False)
writer.add_chat_template(
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}>{% endif %}")


def put(name, *shape, scale=0.02):
    writer.add_tensor(name, (draws.standard_normal(shape) * scale).astype(np.float32))


embedding = draws.standard_normal((len(tokens), width)).astype(np.float32)
embedding[:, 0] = 8
output = np.zeros_like(embedding)
# What all tokens share says "space"; for the few that are followed by another, their own part wins.
output[space, 0] = 1
for token, follower in follows.items():
    output[follower, 1:] = embedding[token, 1:] * (20 / width)
writer.add_tensor("token_embd.weight", embedding)
writer.add_tensor("output.weight", output)
writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
for layer in range(layers):
    block = f"blk.{layer}."
    for norm in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"{block}{norm}.weight", np.ones(width, np.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        put(f"{block}{name}.weight", width, width)
    put(f"{block}ffn_gate.weight", inner, width)
    put(f"{block}ffn_up.weight", inner, width)
    put(f"{block}ffn_down.weight", width, inner)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
