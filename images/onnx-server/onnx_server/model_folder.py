"""What must be true of a model folder before anything is loaded from it."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from .faults import ConfigFault, one_line


@dataclass(frozen=True)
class ModelFolder:
    path: Path
    model_file: Path
    context_tokens: int
    eos_token_ids: frozenset[int]
    bos_token_id: int | None
    vocabulary: int


def read_model_folder(path: Path) -> ModelFolder:
    """Reads genai_config.json and checks that the files it names are there and not empty."""
    if not path.is_dir():
        raise ConfigFault(f"{path}: no such folder")
    config_file = path / "genai_config.json"
    try:
        model = json.loads(config_file.read_text())["model"]
        eos = model["eos_token_id"]
        names = [model["decoder"]["filename"], "tokenizer.json", "tokenizer_config.json"]
        folder = ModelFolder(path, path / names[0], int(model["context_length"]), frozenset(eos if isinstance(eos, list) else [eos]),
                             model.get("bos_token_id"), int(model["vocab_size"]))
    except FileNotFoundError:
        raise ConfigFault(f"{config_file}: missing") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigFault(f"{config_file}: not a model configuration, or truncated ({type(error).__name__}: {one_line(error)})") from None
    for name in names:
        if not (path / name).is_file() or (path / name).stat().st_size == 0:
            raise ConfigFault(f"{path / name}: missing or empty")
    return folder


def blame_model(folder: ModelFolder, error: BaseException) -> str:
    """One line for a model that cannot be loaded. The library names the ONNX file, and of the file with its weights only the size."""
    if beyond := re.search(r"file_length: (\d+)", str(error)):
        for file in sorted(folder.path.iterdir()):
            if file.is_file() and file.stat().st_size == int(beyond[1]):
                return f"{file}: truncated: it has {beyond[1]} bytes, and {folder.model_file.name} reads beyond its end"
    return f"{folder.model_file}: cannot be loaded: {one_line(error)}"


def blame_tokenizer(folder: ModelFolder, error: BaseException) -> str:
    """One line for a tokenizer that cannot be loaded: the library does not say which of the two files is at fault."""
    for name in ("tokenizer.json", "tokenizer_config.json"):
        try:
            json.loads((folder.path / name).read_bytes())
        except ValueError as fault:
            return f"{folder.path / name}: not JSON, so truncated or corrupt: {one_line(fault)}"
    return f"{folder.path / 'tokenizer.json'}: cannot be loaded: {one_line(error)}"


def check_manifest(manifest: Path, folder: Path) -> int:
    """Compares every listed file with its hash; returns how many were checked."""
    try:
        lines = [line for line in manifest.read_text().splitlines() if line.strip() and not line.startswith("#")]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigFault(f"{manifest}: cannot be read ({type(error).__name__})") from None
    if not lines:
        raise ConfigFault(f"{manifest}: lists no file")
    for line in lines:
        match = re.fullmatch(r"([0-9a-fA-F]{64}) [ *](.+)", line)
        if not match:
            raise ConfigFault(f"{manifest}: must hold 'sha256  path' lines, got {line[:100]!r}")
        _check_file(folder / match[2], match[1].lower())
    return len(lines)


def _check_file(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise ConfigFault(f"{path}: missing, but listed in the manifest (sha256 {expected})") from None
    if actual != expected:
        raise ConfigFault(f"{path}: corrupt: sha256 is {actual}, the manifest says {expected}")
