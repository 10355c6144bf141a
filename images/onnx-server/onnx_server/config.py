"""The command line and the environment. Each option `--like-this` may also be given as `ONNX_SERVER_LIKE_THIS`."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from .cpus import available_cpus
from .faults import ConfigFault
from .options import OPTIONS


@dataclass(frozen=True)
class Settings:
    """Every setting, checked. Units are in the names."""

    model_dir: Path
    served_model_name: str
    sha256_manifest: Path | None
    embedding_model_dir: Path | None
    embedding_pooling: str
    host: str
    port: int
    provider: str
    threads: int
    max_slots: int
    max_queue: int
    max_context_tokens: int
    prefill_chunk_tokens: int
    max_body_bytes: int
    request_timeout_seconds: float
    shutdown_timeout_seconds: float


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        raise ConfigFault(message)


def make_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="onnx-server", description=__doc__, allow_abbrev=False)
    for option in OPTIONS:
        parser.add_argument(option.flag, dest=option.field, help=option.help)
    return parser


def _values(arguments: list[str], environment: dict[str, str]) -> dict:
    """The value of each option by field name; every mistake is reported, one line each."""
    given, values, faults = vars(make_parser().parse_args(arguments)), {}, []
    for option in OPTIONS:
        source, text = option.flag, given[option.field]
        if text is None:
            source, text = option.variable, environment.get(option.variable)
        try:
            values[option.field] = option.default if text is None else option.read(text)
        except ValueError as error:
            faults.append(f"{source}: {error}")
    if not faults and not values["model_dir"]:
        faults.append("--model-dir: required, the folder with genai_config.json")
    if faults:
        raise ConfigFault("\n".join(faults))
    return values


def load_settings(arguments: list[str], environment: dict[str, str] | None = None) -> Settings:
    values = _values(arguments, dict(os.environ) if environment is None else environment)
    folder = Path(values.pop("model_dir"))
    name, manifest, embedding = (values.pop(key) for key in ("served_model_name", "sha256_manifest", "embedding_model_dir"))
    return Settings(
        model_dir=folder,
        served_model_name=name or folder.resolve().name,
        sha256_manifest=Path(manifest) if manifest else None,
        embedding_model_dir=Path(embedding) if embedding else None,
        threads=values.pop("threads") or available_cpus(),
        request_timeout_seconds=values.pop("request_timeout"),
        shutdown_timeout_seconds=values.pop("shutdown_timeout"),
        **values,
    )
