"""Shapes of further dense models, read from an unpacked litgpt wheel: python3 tools/facts/litgpt_models.py <folder that holds litgpt/> > <facts folder>/litgpt.json

Parameters are computed from the shapes; licence and gating are not in litgpt and stay unknown.
"""

import json
import pathlib
import sys
import types

for name in ("yaml", "typing_extensions"):
    try:
        __import__(name)
    except ImportError:
        sys.modules[name] = types.SimpleNamespace(Self=object)

scope = {"__name__": "litgpt_config"}
sys.modules["litgpt_config"] = types.ModuleType("litgpt_config")
exec((pathlib.Path(sys.argv[1]) / "litgpt/config.py").read_text(), scope)

WANTED = """Llama-3-8B-Instruct Llama-2-7b-chat-hf Llama-2-13b-chat-hf Mistral-7B-Instruct-v0.1 Mistral-7B-Instruct-v0.2 Qwen2.5-32B-Instruct
Qwen3-32B QwQ-32B R1-Distill-Llama-8B Gemma-2-2b-it Gemma-2-9b-it Gemma-2-27b-it OLMo-2-1124-7B-Instruct OLMo-2-1124-13B-Instruct
Phi-3-mini-4k-instruct Phi-3-mini-128k-instruct CodeLlama-7b-Instruct-hf Falcon3-1B-Instruct Falcon3-3B-Instruct Falcon3-7B-Instruct
Falcon3-10B-Instruct""".split()


def described(name):
    raw = scope["name_to_config"].get(name)
    if raw is None:
        return None
    c = scope["Config"](**raw)
    tied = name.startswith("Gemma")
    attention = c.n_embd * c.head_size * (2 * c.n_head + 2 * c.n_query_groups)
    bias = c.head_size * (c.n_head + 2 * c.n_query_groups) if (c.bias or c.attn_bias) else 0
    norms = c.n_embd * (4 if c.post_attention_norm else 2)
    layer = attention + bias + 3 * c.n_embd * c.intermediate_size + norms
    vocabulary = c.padded_vocab_size if c.padded_vocab_size else c.vocab_size
    window = c.sliding_window_size if c.sliding_window_size and c.sliding_window_size < c.block_size else None
    pattern = c.sliding_window_indices or [1] * c.n_layer
    sliding = sum(pattern[: c.n_layer]) if window else 0
    return {
        "id": raw["hf_config"]["name"].lower(),
        "hf_repo": f"{raw['hf_config']['org']}/{raw['hf_config']['name']}",
        "family": name.split("-")[0].lower(),
        "params_unique_computed": vocabulary * c.n_embd * (1 if tied else 2) + c.n_layer * layer + c.n_embd,
        "num_hidden_layers": c.n_layer,
        "hidden_size": c.n_embd,
        "intermediate_size": c.intermediate_size,
        "num_attention_heads": c.n_head,
        "num_key_value_heads": c.n_query_groups,
        "head_dim": c.head_size,
        "vocab_size": vocabulary,
        "max_position_embeddings": c.block_size,
        "attention": {"pattern": "litgpt", "full_layers": c.n_layer - sliding, "sliding_layers": sliding, "sliding_window": window},
        "tie_word_embeddings": tied,
        "sources": ["litgpt"],
    }


json.dump({"models": [d for d in map(described, WANTED) if d]}, sys.stdout, indent=1)
