"""Read flags, metrics and environment variables from an unpacked vLLM wheel, without importing it.

Usage: python3 tools/facts/vllm_source.py <folder that holds vllm/> <version> > <facts folder>/vllm-<version>.json
       (unpack: pip download --no-deps vllm==<version>; unzip the wheel)

The output has the keys that tools/facts/engines.ts takes: vllm_version, source, serve.flags, metrics.names, environment_variables.
"""

import ast
import json
import pathlib
import re
import sys

root, version = pathlib.Path(sys.argv[1]) / "vllm", sys.argv[2]


def tree(path):
    return ast.parse(path.read_text())


def trees(*patterns):
    return [tree(p) for pattern in patterns for p in sorted(root.glob(pattern))]


def literal(node):
    """The value of a literal; None for an expression."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


CONFIG = trees("config.py", "config/*.py", "model_executor/layers/quantization/__init__.py", "entrypoints/openai/cli_args.py", "engine/arg_utils.py")
CHOICES, CLASSES = {}, {}
for module in CONFIG:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            CLASSES[node.name] = node
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and "Literal[" in ast.unparse(node.value):
            CHOICES[node.targets[0].id] = node.value


def choices(annotation):
    """Every value of the Literal types named in an annotation, in order."""
    found = []
    for node in ast.walk(annotation):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
            values = literal(node.slice)
            found += list(values) if isinstance(values, tuple) else [values]
        if isinstance(node, ast.Name) and node.id in CHOICES and CHOICES[node.id] is not annotation:
            found += choices(CHOICES[node.id])
    return found


def fields(name):
    """Annotated fields of a configuration class: field -> (annotation, default)."""
    node = CLASSES.get(name)
    if node is None:
        return {}
    inherited = [fields(ast.unparse(base)) for base in node.bases]
    return {k: v for own in inherited for k, v in own.items()} | {s.target.id: s for s in node.body if isinstance(s, ast.AnnAssign)}


def described(statement):
    """Type, choices and default of one dataclass field."""
    flag = {"type": ast.unparse(statement.annotation)}
    if picks := choices(statement.annotation):
        flag["choices"] = picks
    value = statement.value
    if isinstance(value, ast.Call) and "field" in ast.unparse(value.func).lower():
        value = next((k.value for k in value.keywords if k.arg == "default"), None)
    flag["default"] = literal(value) if value is not None else None
    if re.search(r"\bbool\b", flag["type"]):  # argparse.BooleanOptionalAction, an optional one included
        flag["negatable"] = True
    return flag


def flags():
    module = tree(root / "engine/arg_utils.py")
    sources = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "get_kwargs":
            sources[node.targets[0].id] = ast.unparse(node.value.args[0])
    found = {}
    for node in ast.walk(module):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument"):
            continue
        names = [literal(a) for a in node.args if isinstance(literal(a), str)]
        long = [n for n in names if n.startswith("--")]
        if not long:
            continue
        flag = {"type": "str"}
        for keyword in node.keywords:
            value = keyword.value
            if keyword.arg is None and isinstance(value, ast.Subscript) and ast.unparse(value.value) in sources:
                owner = sources[ast.unparse(value.value)]
                statement = fields(owner).get(literal(value.slice))
                if statement is not None:
                    flag = {**described(statement), "config_class": owner}
            if keyword.arg == "action":
                flag["action"] = literal(value) or ast.unparse(value)
            if keyword.arg == "deprecated":
                flag["deprecated"] = True
            if keyword.arg == "choices" and literal(value):
                flag["choices"] = list(literal(value))
        flag["aliases"] = [n for n in names if n != long[0]]
        found[long[0]] = flag
    for field, statement in fields("FrontendArgs").items():
        found["--" + field.replace("_", "-")] = {**described(statement), "aliases": [], "config_class": "FrontendArgs"}
    found["--config"] = {"type": "str", "aliases": []}
    return found


def metrics():
    names = {}
    kinds = {"Gauge": "gauge", "Counter": "counter", "Histogram": "histogram"}
    for module in trees("v1/metrics/loggers.py", "v1/spec_decode/metrics.py"):
        constants = {ast.unparse(n.targets[0]): literal(n.value) for n in ast.walk(module) if isinstance(n, ast.Assign)}
        for node in ast.walk(module):
            if not isinstance(node, ast.Call):
                continue
            kind = next((k for word, k in kinds.items() if word.lower() in ast.unparse(node.func).lower()), None)
            keywords = {k.arg: k.value for k in node.keywords}
            name = literal(keywords["name"]) if "name" in keywords else None
            if kind and isinstance(name, str) and name.startswith("vllm:"):
                labels = labelled(keywords.get("labelnames"), constants)
                names[name] = {"type": kind, "labels": labels, "series": series(name, kind)}
    config_info = [*(f for f in fields("CacheConfig") if f.islower() and not f.startswith("_")), "engine"]
    return names | {"vllm:cache_config_info": {"type": "gauge", "labels": config_info, "series": ["vllm:cache_config_info"]}}


def labelled(node, constants):
    """Label names of one metric; a bare name or a sum starts from the two that every metric has."""
    own = [n for n in ast.walk(node) if isinstance(n, ast.List)] if node is not None else []
    listed = [literal(e) or constants.get(ast.unparse(e)) for n in own for e in n.elts]
    return listed if isinstance(node, ast.List) else ["model_name", "engine", *listed]


def series(name, kind):
    if kind == "counter":
        return [name if name.endswith("_total") else name + "_total"]
    return [name + s for s in ("_bucket", "_sum", "_count")] if kind == "histogram" else [name]


def environment():
    found = {}
    for node in ast.walk(tree(root / "envs.py")):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id.isupper():
            found[node.target.id] = {"type": ast.unparse(node.annotation), "default": literal(node.value) if node.value else None}
    return found


json.dump(
    {
        "source": [f"PyPI vllm=={version} wheel, read with python ast, not installed: engine/arg_utils.py, config, entrypoints/openai/cli_args.py, v1/metrics, envs.py"],
        "vllm_version": version,
        "serve": {"flags": flags()},
        "metrics": {"names": metrics()},
        "environment_variables": environment(),
    },
    sys.stdout,
    indent=1,
    default=str,
)
