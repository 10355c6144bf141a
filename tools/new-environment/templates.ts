import { schemaLine } from "../settings/json-schema";

/** Templates that are no environment, each with what it is for. */
export const templates: Readonly<Record<string, { readonly about: string; readonly text: string }>> = {
  kubernetes: {
    about: "a cluster that is there: one small model on the CPU",
    text: `${schemaLine}
config:
  slm:kubernetes: # leave context out to use the current one
    context: CONTEXT
    namespace: NAMESPACE # the stack makes it, and everything in it
  slm:models:
    chat: # the name that clients ask for
      engine: ollama # or vllm, or onnx
      model: qwen3-0.6b # of the catalog; make plan says what it needs
`,
  },
  pr: {
    about: "a short life beside others on a cluster that is there: one small model behind a front door of its own, violations warn",
    text: `${schemaLine}
config:
  slm:kubernetes:
    context: CONTEXT
    namespace: NAMESPACE # apart from every other environment's
  slm:gateway: # docs/gateway.md says what the cluster must have
    host: HOST
    namespace: DOOR
    tls: selfSigned
    replicas: 1
  slm:consumers:
    review: # make keys NEW=review makes the key of who tries it out
      models: [chat]
  slm:policies:
    level: advisory # what is tried out is seen, and stops nobody
  slm:models:
    chat:
      engine: ollama
      model: qwen3-0.6b
      contextTokens: 2048
`,
  },
};
