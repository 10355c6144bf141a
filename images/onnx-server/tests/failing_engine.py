"""A real server whose model is made to fail: `FAIL_AFTER` tokens into each request, and `BROKEN=1`: in every try-out after that too.

What fails is one method of the model's sequence; all that notices, tells and ends is the server's own code.
"""

import os

from onnx_server import __main__, backend

after, broken = int(os.environ["FAIL_AFTER"]), os.environ.get("BROKEN") == "1"
advance, failed = backend.Sequence.advance, []


def failing(self, chunk_tokens: int):
    self.steps = getattr(self, "steps", 0) + 1
    if self.steps > after or (failed and broken):
        failed.append(True)
        raise RuntimeError("the device was lost")
    return advance(self, chunk_tokens)


backend.Sequence.advance = failing
__main__.main()
