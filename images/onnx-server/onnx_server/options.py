"""Every option of the command line: the one list from which the parser, `--help` and the published interface are made."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Option:
    """`kind` is the type's word in the published interface. Bounds are inclusive."""

    name: str
    kind: Literal["string", "integer", "number"]
    text: str
    default: str | int | float | None = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        return "ONNX_SERVER_" + self.name.upper().replace("-", "_")

    @property
    def field(self) -> str:
        return self.name.replace("-", "_")

    @property
    def help(self) -> str:
        bounds = f" {self.low} to {self.high}." if self.low is not None else f" One of: {', '.join(self.choices)}." if self.choices else ""
        shown = "" if self.default is None else f" Default: {self.default}."
        return f"{self.text}{bounds}{shown} [{self.variable}]"

    def read(self, text: str) -> str | int | float:
        """The value; ValueError with value, bound and kind where it cannot be one."""
        if self.kind == "string":
            if self.choices and text not in self.choices:
                raise ValueError(f"must be one of {', '.join(self.choices)}, got {text!r}")
            return text
        word = "a whole number" if self.kind == "integer" else "a number"
        try:
            value = int(text) if self.kind == "integer" else float(text)
        except ValueError:
            raise ValueError(f"must be {word} from {self.low} to {self.high}, got {text!r}") from None
        if not self.low <= value <= self.high:
            raise ValueError(f"must be from {self.low} to {self.high}, got {text}")
        return value


OPTIONS = (
    Option("model-dir", "string", "Folder with genai_config.json, the ONNX model and its tokenizer. Required."),
    Option("served-model-name", "string", "Name that clients ask for. Default: the folder's name."),
    Option("sha256-manifest", "string", "File of 'sha256  path' lines, paths relative to the model folder, checked before loading."),
    Option("embedding-model-dir", "string", "Model folder with a hidden_states output, for /v1/embeddings. May be the same folder."),
    Option("embedding-pooling", "string", "How token states become one vector.", "mean", choices=("mean", "last")),
    Option("host", "string", "Address to listen on.", "0.0.0.0"),
    Option("port", "integer", "Port to listen on.", 8000, 1, 65535),
    Option("provider", "string", "Execution provider; model: as genai_config.json says.", "model", choices=("model", "cpu", "cuda")),
    Option("threads", "integer", "Threads for one step of the model; 0 takes what the CPU quota allows.", 0, 0, 256),
    Option("max-slots", "integer", "Requests that generate at the same time.", 4, 1, 256),
    Option("max-queue", "integer", "Completions that wait for a slot, and embedding requests that wait for their turn; the next one gets 429.", 16, 0, 10000),
    Option("max-context-tokens", "integer", "Prompt and completion together; 0 takes the model's own limit.", 0, 0, 10_000_000),
    Option("prefill-chunk-tokens", "integer", "Prompt tokens per step; smaller steps keep others flowing.", 128, 16, 8192),
    Option("max-body-bytes", "integer", "Largest request body, in bytes.", 1048576, 1024, 67108864),
    Option("request-timeout", "number", "Seconds for one request, queue included.", 600, 0.1, 86400),
    Option("shutdown-timeout", "number", "Seconds that accepted requests get after SIGTERM.", 30, 0, 3600),
)
