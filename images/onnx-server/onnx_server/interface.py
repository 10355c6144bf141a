"""What those who deploy the server may rely on: `python -m onnx_server.interface` prints it as JSON, from the code itself."""

import json

from starlette.routing import Route

from .metrics import Metrics
from .options import OPTIONS, Option
from .routes import ROUTES

_SERIES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def _flag(option: Option) -> dict:
    return {"type": option.kind} | ({"choices": list(option.choices)} if option.choices else {}) | ({} if option.default is None else {"default": option.default})


def _metrics() -> dict:
    found = {}
    for family in Metrics("any").registry.collect():
        labels = [label for label in family.samples[0].labels if label != "le"]
        found[family.name] = {"type": family.type, "labels": labels, "series": [family.name + end for end in _SERIES[family.type]]}
    return found


def describe() -> dict:
    """Flags, environment variables, metric families and paths, sorted by name."""
    parts = {
        "flags": {option.flag: _flag(option) for option in OPTIONS},
        "metrics": _metrics(),
        "environment": {option.variable: option.kind for option in OPTIONS},
    }
    paths = [route.path.replace(":path}", "}") for route in ROUTES if isinstance(route, Route)]
    return {name: dict(sorted(part.items())) for name, part in parts.items()} | {"endpoints": sorted(paths)}


if __name__ == "__main__":
    print(json.dumps(describe(), indent=1))
