"""Read what an unpacked vLLM wheel supports, without importing it: architectures, stored quantizations, cache types, parsers, speculation.

Usage: python3 tools/facts/vllm_support.py <folder that holds vllm/> <version> > lib/engines/data/vllm-support-<version>.json
       (unpack: pip download --no-deps vllm==<version>; unzip the wheel)
"""

import ast
import json
import pathlib
import sys

root, version = pathlib.Path(sys.argv[1]) / "vllm", sys.argv[2]


def tree(path):
    return ast.parse((root / path).read_text())


def first(*paths):
    """The first of these files that the version has."""
    return next(tree(p) for p in paths if (root / p).exists())


def assigned(module, name):
    """The value that a module gives a name at its top level; None where it does not."""
    for node in module.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id == name:
            return node.value
    return None


def keys(node):
    return sorted(k.value for k in node.keys if isinstance(k, ast.Constant)) if isinstance(node, ast.Dict) else []


def literals(module, name):
    """Every string of a Literal type, the types that it is made of included."""
    node, found = assigned(module, name), []
    for part in ast.walk(node) if node is not None else []:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            found.append(part.value)
        if isinstance(part, ast.Name) and part.id not in (name, "Literal"):
            found += literals(module, part.id)
    return list(dict.fromkeys(found))


def architectures():
    registry = tree("model_executor/models/registry.py")
    kinds = {
        "generate": ["_TEXT_GENERATION_MODELS", "_MULTIMODAL_MODELS", "_TRANSFORMERS_SUPPORTED_MODELS", "_TRANSFORMERS_BACKEND_MODELS"],
        "pooling": ["_EMBEDDING_MODELS", "_LATE_INTERACTION_MODELS", "_REWARD_MODELS", "_TOKEN_CLASSIFICATION_MODELS", "_CROSS_ENCODER_MODELS", "_SEQUENCE_CLASSIFICATION_MODELS"],
        "draft": ["_SPECULATIVE_DECODING_MODELS"],
    }
    return {kind: sorted({k for name in names for k in keys(assigned(registry, name))}) for kind, names in kinds.items()}


def constant_return(function):
    """What a method returns where that is one number; a floor that depends on the class is the lowest."""
    numbers = [n.value.value for n in ast.walk(function) if isinstance(n, ast.Return) and isinstance(n.value, ast.Constant) and isinstance(n.value.value, int)]
    return min(numbers) if numbers else None


def methods_of(node):
    return {f.name: f for f in node.body if isinstance(f, ast.FunctionDef)}


def returned_string(function):
    return next((n.value.value for n in ast.walk(function) if isinstance(n, ast.Return) and isinstance(n.value, ast.Constant)), None)


def quantizations():
    """Lowest compute capability, as 75 for 7.5, of each stored quantization, by the name that a checkpoint gives it."""
    found = {}
    for path in sorted((root / "model_executor/layers/quantization").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ClassDef):
                continue
            methods = methods_of(node)
            if "get_name" in methods and "get_min_capability" in methods:
                name, lowest = returned_string(methods["get_name"]), constant_return(methods["get_min_capability"])
                if name:
                    found[name] = min(found.get(name, 10_000), lowest) if lowest is not None else found.get(name)
            elif "compressed_tensors/schemes" in str(path) and "get_min_capability" in methods:
                if (lowest := constant_return(methods["get_min_capability"])) is not None:
                    found[f"compressed-tensors {node.name.removeprefix('CompressedTensors').lower()}"] = lowest
    return dict(sorted(found.items()))


def attention_backends():
    """Of each backend that is chosen by itself on CUDA: the cache types it takes and the lowest compute capability."""
    found = {}
    for name in ("flash_attn", "flashinfer", "triton_attn"):
        path = f"v1/attention/backends/{name}.py"
        for node in ast.walk(tree(path)) if (root / path).exists() else []:
            if not (isinstance(node, ast.ClassDef) and node.name.endswith("Backend")):
                continue
            types = next((s.value for s in node.body if isinstance(s, ast.AnnAssign) and getattr(s.target, "id", "") == "supported_kv_cache_dtypes"), None)
            capability = methods_of(node).get("supports_compute_capability")
            floor = [ast.literal_eval(ast.Tuple(n.args, ast.Load())) for n in ast.walk(capability) if isinstance(n, ast.Call) and ast.unparse(n.func) == "DeviceCapability"] if capability else []
            if types is not None:
                found[name] = {"cacheTypes": ast.literal_eval(types), "lowestCapability": 10 * floor[0][0] + floor[0][1] if floor else None}
    return found


def registered(folder, registry):
    """Names of parsers: a table in newer versions, a decorator in older ones."""
    package = root / folder / "__init__.py"
    if not package.exists():
        return []
    module = ast.parse(package.read_text())
    table = next((assigned(module, n) for n in (f"_{registry}_PARSERS_TO_REGISTER",) if assigned(module, n)), None)
    if table is not None:
        return keys(table)
    names = []
    for path in sorted((root / folder).glob("*_parser.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for decorator in getattr(node, "decorator_list", []):
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("register_module"):
                    value = ast.literal_eval(decorator.args[0]) if decorator.args else ast.literal_eval(decorator.keywords[0].value)
                    names += value if isinstance(value, list) else [value]
    return sorted(set(names))


def tool_parsers():
    return registered("tool_parsers", "TOOL") or registered("entrypoints/openai/tool_parsers", "TOOL")


# Strings of the same conditions that name no model type: fields, and values of fields.
NOT_A_TYPE = {"architectures", "num_nextn_predict_layers", "decoder", "causal_vision_prefix"}


def speculation():
    module = first("config/speculative.py", "config/__init__.py")
    methods = literals(module, "SpeculativeMethod")
    heads = literals(module, "MTPModelTypes") or [m for m in methods if m.endswith("_mtp")]
    # A model type names its head in hf_config_override: `if hf_config.model_type == "x": hf_config.model_type = "x_mtp"`.
    override = [n for n in ast.walk(module) if isinstance(n, ast.FunctionDef) and n.name == "hf_config_override"]
    types = {}
    for branch in (b for n in override for b in ast.walk(n) if isinstance(b, ast.If)):
        test = [c.value for c in ast.walk(branch.test) if isinstance(c, ast.Constant) and isinstance(c.value, str)]
        assignments = [s for s in branch.body if isinstance(s, ast.Assign) and "model_type" in ast.unparse(s.targets[0])]
        for assignment in assignments:
            for text in set(test) - NOT_A_TYPE:
                types[text] = ast.unparse(assignment.value).strip("'\"")
    return {"methods": methods, "heads": heads, "headByTypeOrArchitecture": dict(sorted(types.items()))}


def members(path, name):
    """Members of an enumeration, which the parser takes by their names in any case."""
    found = next((n for n in tree(path).body if isinstance(n, ast.ClassDef) and n.name == name), None) if (root / path).exists() else None
    return [s.targets[0].id for s in found.body if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name)] if found else []


def float16_refused():
    module = first("config/model.py", "config/__init__.py")
    return keys(assigned(module, "_FLOAT16_NOT_SUPPORTED_MODELS"))


json.dump(
    {
        "source": [f"PyPI vllm=={version} wheel, read with python ast, not installed: model_executor/models/registry.py, model_executor/layers/quantization, v1/attention/backends, config, tool_parsers, reasoning"],
        "version": version,
        "architectures": architectures(),
        "quantizations": quantizations(),
        "cacheTypes": literals(tree("config/cache.py"), "CacheDType"),
        "attentionBackends": attention_backends(),
        "attentionBackendNames": members("v1/attention/backends/registry.py", "AttentionBackendEnum"),
        "mambaBackendNames": members("config/mamba.py", "MambaBackendEnum"),
        "toolParsers": tool_parsers(),
        "reasoningParsers": registered("reasoning", "REASONING"),
        "speculation": speculation(),
        "float16Refused": float16_refused(),
    },
    sys.stdout,
    indent=1,
)
