"""Whose fault it is: `ConfigFault` is the operator's, `ApiFault` is the client's or a limit of this server."""


class ConfigFault(Exception):
    """A bad option or model folder. Printed as one line; the process exits with code 2."""


class ApiFault(Exception):
    """An answer in OpenAI's error shape. `retry_after_seconds` becomes the header `Retry-After`."""

    def __init__(self, status: int, message: str, *, code: str | None = None, param: str | None = None, retry_after_seconds: int | None = None):
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param
        self.retry_after_seconds = retry_after_seconds

    def body(self) -> dict:
        kind = {429: "rate_limit_error", 404: "not_found_error"}.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}
