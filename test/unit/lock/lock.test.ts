import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { lockHuggingFace, readFiles } from "../../../tools/lock/hugging-face";
import { lockLibrary } from "../../../tools/lock/ollama-library";
import { HuggingFaceStandIn, sha256 } from "../../support/hugging-face";

describe("a Hugging Face repository", () => {
  let hub: HuggingFaceStandIn;
  const files = {
    "config.json": "{}",
    "model.safetensors": "weights",
    "README.md": "read me",
    "original/x.pth": "old",
    ".gitattributes": "",
  };
  const start = async (token?: string) => {
    hub = await HuggingFaceStandIn.start("org/name", files, token === undefined ? {} : { token });
  };
  afterEach(() => hub.stop());

  it("is locked with its commit and the sha256 of each file that an engine reads; large files are not fetched", async () => {
    await start();
    expect(await lockHuggingFace({ kind: "huggingFace", repository: "org/name" }, { hubUrl: hub.url })).toEqual({
      revision: hub.sha,
      files: { "config.json": sha256("{}"), "model.safetensors": sha256("weights") },
      sizes: { "config.json": 2, "model.safetensors": 7 },
    });
    expect(hub.asked.filter((url) => url.includes("/resolve/")).every((url) => url.endsWith("/config.json"))).toBe(true);
  });

  it("is asked with the token, and says so in plain words when it is refused", async () => {
    await start("hf_right");
    const source = { kind: "huggingFace", repository: "org/name" } as const;
    expect((await lockHuggingFace(source, { hubUrl: hub.url, accessToken: "hf_right" })).revision).toBe(hub.sha);
    await expect(lockHuggingFace(source, { hubUrl: hub.url, accessToken: "hf_wrong" })).rejects.toThrow(
      /^org\/name could not be locked: .*restricted/,
    );
  });
});

describe("the files of a repository that an engine reads", () => {
  const weights = ["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];

  it.each<[string, readonly string[], readonly string[]]>([
    ["no pages, no other formats", ["README.md", ".gitattributes", "a.gguf", "pytorch_model.bin", "x.pth", "a/b.h5"], []],
    ["no folder of another format", ["onnx/model.onnx", "openvino/x.xml", "original/y.safetensors", "metal/z.bin", "coreml/w.mlmodel"], []],
    ["no second layout of the same weights", ["consolidated.safetensors", "consolidated-00001-of-00002.safetensors"], []],
    ["what lies in folders of its own", ["1_Pooling/config.json", "figures/a.txt"], ["1_Pooling/config.json", "figures/a.txt"]],
    ["code and tokenizers", ["modeling.py", "tekken.json", "tokenizer.model"], ["modeling.py", "tekken.json", "tokenizer.model"]],
  ])("are, beside the weights: %s", (_what, more, read) =>
    expect(readFiles([...weights, ...more], undefined)).toEqual([...weights, ...read]),
  );

  it("are the consolidated weights where there are no others", () => {
    expect(readFiles(["params.json", "consolidated.safetensors", "onnx/model.onnx"], undefined)).toEqual([
      "params.json",
      "consolidated.safetensors",
    ]);
  });

  it.each<[string, readonly string[], string | undefined]>([
    ["a folder that is named", ["onnx/model.onnx", "onnx/sub/model.safetensors"], "onnx"],
    ["a repository without safetensors", ["onnx/model.onnx", "cpu/genai_config.json"], undefined],
    ["a repository with safetensors in folders only", ["onnx/model.onnx", "transformer/model.safetensors"], undefined],
  ])("are all of %s", (_what, paths, folder) => expect(readFiles(paths, folder)).toEqual(paths));
});

describe("a tag of Ollama's library", () => {
  let server: Server;
  let url = "";
  const digest = (letter: string) => letter.repeat(64);
  const text = JSON.stringify({
    schemaVersion: 2,
    config: { digest: `sha256:${digest("c")}`, size: 490 },
    layers: [{ digest: `sha256:${digest("a")}`, size: 5000 }],
  });
  beforeEach(async () => {
    server = createServer((request, response) => {
      response.statusCode = request.url === "/v2/library/qwen3/manifests/0.6b" ? 200 : 404;
      response.end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => void server.close());

  it("is locked with its manifest's digest and every blob, as Ollama's store names them", async () => {
    expect(await lockLibrary("qwen3:0.6b", url)).toEqual({
      revision: `sha256:${sha256(text)}`,
      files: { [`blobs/sha256-${digest("c")}`]: digest("c"), [`blobs/sha256-${digest("a")}`]: digest("a") },
      sizes: { [`blobs/sha256-${digest("c")}`]: 490, [`blobs/sha256-${digest("a")}`]: 5000 },
    });
  });

  it("that is not there is reported with the answer", async () => {
    await expect(lockLibrary("nothing", url)).rejects.toThrow(
      /^nothing could not be locked: .*\/v2\/library\/nothing\/manifests\/latest answered 404$/,
    );
  });
});
