"""Whose fault it is: `ConfigFault` is the operator's, `ApiFault` is the client's or a limit of this server."""


class ConfigFault(Exception):
    """A bad option or model folder: one line for each mistake; the process exits with code 2."""


class ApiFault(Exception):
    """An answer in OpenAI's error shape. `retry_after_seconds` becomes the header `Retry-After`."""

    def __init__(self, status: int, message: str, *, code: str | None = None, param: str | None = None, retry_after_seconds: int | None = None):
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param
        self.retry_after_seconds = retry_after_seconds

    def body(self) -> dict:
        kind = "rate_limit_error" if self.status == 429 else "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}


def one_line(error: BaseException, characters: int = 500) -> str:
    """What a library says, without its line breaks."""
    return " ".join(str(error).split())[:characters] or type(error).__name__
