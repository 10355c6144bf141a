"""An OpenAI-compatible server around onnxruntime-genai."""

__version__ = "0.1.0"
