"""The command line and the environment. Each option `--like-this` may also be given as `ONNX_SERVER_LIKE_THIS`."""

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .cpus import available_cpus
from .faults import ConfigFault


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


def _between(kind: Callable, low: float, high: float) -> Callable[[str], float]:
    def parse(text: str):
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be a number from {low} to {high}, got {text!r}") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low} to {high}, got {text}")
        return value

    return parse


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        raise ConfigFault(message)


def _parser(environment: dict[str, str]) -> _Parser:
    parser = _Parser(prog="onnx-server", description=__doc__, allow_abbrev=False)

    def add(name: str, default, text: str, **more) -> None:
        variable = "ONNX_SERVER_" + name.upper().replace("-", "_")
        shown = "" if default is None else f" Default: {default}."
        parser.add_argument(f"--{name}", default=environment.get(variable, default), help=f"{text}{shown} [{variable}]", **more)

    add("model-dir", None, "Folder with genai_config.json, the ONNX model and its tokenizer. Required.")
    add("served-model-name", None, "Name that clients ask for. Default: the folder's name.")
    add("sha256-manifest", None, "File of 'sha256  path' lines, paths relative to the model folder, checked before loading.")
    add("embedding-model-dir", None, "Model folder with a hidden_states output, for /v1/embeddings. May be the same folder.")
    add("embedding-pooling", "mean", "How token states become one vector: mean or last.", choices=["mean", "last"])
    add("host", "0.0.0.0", "Address to listen on.")
    add("port", "8000", "Port to listen on, 1 to 65535.", type=_between(int, 1, 65535))
    add("provider", "model", "Execution provider: model (as genai_config.json says), cpu or cuda.", choices=["model", "cpu", "cuda"])
    add("threads", "0", "Threads for one step of the model, 0 to 256; 0 takes what the CPU quota allows.", type=_between(int, 0, 256))
    add("max-slots", "4", "Requests that generate at the same time, 1 to 256.", type=_between(int, 1, 256))
    add("max-queue", "16", "Requests that wait for a slot, 0 to 10000; the next one gets 429.", type=_between(int, 0, 10000))
    add("max-context-tokens", "0", "Prompt and completion together; 0 takes the model's own limit.", type=_between(int, 0, 10_000_000))
    add("prefill-chunk-tokens", "128", "Prompt tokens per step, 16 to 8192; smaller steps keep others flowing.", type=_between(int, 16, 8192))
    add("max-body-bytes", "1048576", "Largest request body, 1024 to 67108864 bytes.", type=_between(int, 1024, 67108864))
    add("request-timeout", "600", "Seconds for one request, queue included, 0.1 to 86400.", type=_between(float, 0.1, 86400))
    add("shutdown-timeout", "30", "Seconds that running requests get after SIGTERM, 0 to 3600.", type=_between(float, 0, 3600))
    return parser


def load_settings(arguments: list[str], environment: dict[str, str] | None = None) -> Settings:
    given = _parser(dict(os.environ) if environment is None else environment).parse_args(arguments)
    for name, allowed in (("embedding_pooling", ("mean", "last")), ("provider", ("model", "cpu", "cuda"))):
        if getattr(given, name) not in allowed:
            raise ConfigFault(f"{name.replace('_', '-')}: must be one of {', '.join(allowed)}, got {getattr(given, name)!r}")
    if not given.model_dir:
        raise ConfigFault("--model-dir is required: the folder with genai_config.json")
    folder = Path(given.model_dir)
    return Settings(
        model_dir=folder,
        served_model_name=given.served_model_name or folder.resolve().name,
        sha256_manifest=Path(given.sha256_manifest) if given.sha256_manifest else None,
        embedding_model_dir=Path(given.embedding_model_dir) if given.embedding_model_dir else None,
        embedding_pooling=given.embedding_pooling,
        host=given.host, port=given.port, provider=given.provider, threads=given.threads or available_cpus(),
        max_slots=given.max_slots, max_queue=given.max_queue, max_context_tokens=given.max_context_tokens,
        prefill_chunk_tokens=given.prefill_chunk_tokens, max_body_bytes=given.max_body_bytes,
        request_timeout_seconds=given.request_timeout, shutdown_timeout_seconds=given.shutdown_timeout,
    )
