"""Work in a thread that never keeps the process from ending."""

import threading
from collections.abc import Callable
from concurrent.futures import Future


def in_background(work: Callable[[], None], name: str) -> Future:
    """The future ends as `work` does: with None, or with what it raised."""
    ended: Future = Future()

    def run() -> None:
        try:
            work()
        except BaseException as error:
            ended.set_exception(error)
        else:
            ended.set_result(None)

    threading.Thread(target=run, name=name, daemon=True).start()
    return ended
