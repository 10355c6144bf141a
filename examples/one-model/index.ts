import { Config } from "@pulumi/pulumi";
import { Model, ModelNamespace } from "slm-stack";

const { ollama, python } = new Config().requireObject<Record<"ollama" | "python", string>>("images"); // by digest
const { namespaceName: namespace } = new ModelNamespace("models", { clients: [{ namespace: "default" }] });

const chat = new Model("chat", { engine: "ollama", model: "qwen3-0.6b", namespace, image: ollama, verifierImage: python });

export const { url } = chat;
