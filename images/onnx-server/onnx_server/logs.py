"""One JSON object per line on stdout. Nothing that a client wrote is logged but its request id and its path."""

import contextvars
import json
import logging
import sys
import time

# The fields of the current request's own line; `request_id` also goes into every other line that is logged on its behalf.
_request: contextvars.ContextVar[dict] = contextvars.ContextVar("request")


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {"time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
                 "level": record.levelname.lower(), "message": record.getMessage()}
        if request_id := current_request_id():
            entry["request_id"] = request_id
        entry.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[1]:
            entry["exception"] = _where(record.exc_info[1])
        return json.dumps(entry)


def _where(error: BaseException) -> str:
    """The error's class and the places it passed; not its message, which may quote what a client wrote."""
    places, trace = [], error.__traceback__
    while trace:
        places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' < '.join(reversed(places[-8:]))}"


def begin_request(request_id: str) -> dict:
    """Makes the request current; returns the fields that `note` adds to."""
    fields = {"request_id": request_id}
    _request.set(fields)
    return fields


def current_request_id() -> str:
    return _request.get({}).get("request_id", "")


def note(**fields) -> None:
    """Adds fields to the current request's line."""
    _request.get({}).update(fields)


def set_up_logs() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = name != "uvicorn.access"


def log(message: str, level: int = logging.INFO, **fields) -> None:
    logging.getLogger("onnx_server").log(level, message, extra={"fields": fields})
