import pulumi
from pulumi_slm.namespace import ModelNamespace, NamespaceClientArgs
from pulumi_slm.serving import Model

images = pulumi.Config().require_object("images")  # by digest
models = ModelNamespace("models", clients=[NamespaceClientArgs(namespace="default")])

chat = Model(
    "chat",
    engine="ollama",
    model="qwen3-0.6b",
    namespace=models.namespace_name,
    image=images["ollama"],
    verifier_image=images["python"],
)

pulumi.export("url", chat.url)
