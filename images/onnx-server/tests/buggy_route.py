"""A real server in which listing the models raises what no code expects, with words that may not be logged."""

from onnx_server import __main__, routes


def buggy(_service):
    raise ValueError("sesame-4711")


routes.model_card = buggy
__main__.main()
