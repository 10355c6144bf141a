import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { fromRoot } from "../../../stacks/environment";
import { UserError } from "../../../tools/lib/fault";
import { explained, settingsNamed } from "../../../tools/settings/explain";
import { fileSchema, type JsonSchema, schemaFile, schemaLine } from "../../../tools/settings/json-schema";
import { allSettings } from "../../../tools/settings/settings";
import { messageOf } from "../../support/errors";

const all = allSettings();
const one = (key: string) => settingsNamed(key, all)[0]!;
const shown = (key: string) => settingsNamed(key, all).map((setting) => explained(setting, all));

describe("the settings of an environment", () => {
  it("each have a meaning", () => {
    expect(all.filter(({ meaning }) => meaning === "").map(({ path }) => path)).toEqual([]);
    expect(all.length).toBeGreaterThan(200);
  });

  it("are reported with unit, default, bound and what they replace", () => {
    expect(one("models.chat.memoryMib")).toEqual({
      path: "models.<name>.memoryMib",
      meaning: "Memory request and limit of a replica, in MiB.",
      type: "whole number",
      unit: "MiB",
      default: "what the plan computes",
      required: false,
      bounds: ["must be a whole number of MiB", "must be at least 256 MiB", "must be at most 2097152 MiB (2 TiB)"],
    });
    expect(one("azure.vault.softDeleteDays")).toMatchObject({ unit: "days", default: "90" });
    expect(one("azure.prefix")).toMatchObject({ required: true, replaces: "everything", type: "text" });
    expect(one("azure.zones")).toMatchObject({ default: "[]", replaces: "the pools", meaning: "Zones of all nodes." });
    expect(one("azure.pools.Standard_D4s_v5.spot.maxUsdPerHour").bounds).toEqual(["must be -1, or above 0 with at most five decimals"]);
  });

  it("of several forms of a section are reported once", () => {
    expect(settingsNamed("azure.network.kind", all).map(({ type }) => type)).toEqual(["create, existing"]);
    expect(one("monitoring.mode").type).toBe("standalone, operator, azure");
    expect(one("monitoring.receivers.pager.url")).toMatchObject({ required: true });
    expect(one("models.chat.weights.vllm.path")).toMatchObject({ required: false }); // of an image; one that is baked into it must be named
    expect(one("models.chat.weights.vllm.claim")).toMatchObject({ required: true });
    expect(new Set(all.map(({ path }) => path)).size).toBe(all.length);
  });
});

describe("a key", () => {
  it("is a path as it is written in the file, or as it is printed, or the last part of one", () => {
    const paths = (key: string) => settingsNamed(key, all).map(({ path }) => path);
    for (const key of ["models.chat.engine", "slm:models.chat.engine", "models.<name>.engine", "models.qwen2-5.engine"])
      expect(paths(key)).toEqual(["models.<name>.engine"]);
    expect(paths("clients.0.namespace")).toEqual(["clients.namespace"]);
    expect(paths("enforceEager")).toEqual(["models.<name>.enforceEager"]);
    expect(paths("region")).toEqual(["region"]);
    expect(paths("memoryMib")).toEqual(["monitoring.memoryMib", "models.<name>.memoryMib"]);
  });

  it("that is none is refused with the nearest, those of the same section first", () => {
    expect(() => settingsNamed("models.chat.contextToken", all)).toThrow(UserError);
    expect(messageOf(() => settingsNamed("models.chat.contextToken", all))).toMatch(
      /^KEY: must be a setting of an environment, got "models\.chat\.contextToken"\n {2}fix: the nearest are models\.<name>\.contextTokens, /,
    );
    expect(messageOf(() => settingsNamed("chat.enforceEager", all))).toMatch(/the nearest are models\.<name>\.enforceEager/);
    expect(messageOf(() => settingsNamed("zzzzzzzzzzzz", all))).toMatch(/fix: make explain KEY=models lists those of a section$/);
  });

  it("is explained line by line, and a section with what is in it", () => {
    expect(shown("models.chat.contextTokens")).toEqual([
      [
        "models.<name>.contextTokens",
        "  meaning   Longest request, in tokens, prompt and answer.",
        "  type      number",
        "  unit      tokens",
        "  default   8192, or the model's own limit when that is shorter",
        "  bound     the model's and the engine's: make plan checks it",
      ].join("\n"),
    ]);
    expect(shown("azure.prefix")[0]!.split("\n").slice(3)).toEqual([
      "  default   none: it must be given",
      "  bound     must be 2 to 8 of a-z and 0-9, starting with a letter",
      "  replaces  everything",
    ]);
    expect(shown("models.chat.weights")[0]!.split("\n").slice(-4)).toEqual([
      "  settings",
      ...["vllm", "ollama", "onnx"].map((engine) => `    models.<name>.weights.${engine}`),
    ]);
    expect(shown("azure.pools")[0]).toContain("\n    azure.pools.<name>.osDiskGib");
  });
});

describe("the JSON Schema for editors", () => {
  it("is what the settings are: make schema writes it anew", () => {
    expect(JSON.parse(readFileSync(fromRoot(schemaFile), "utf8"))).toEqual(JSON.parse(JSON.stringify(fileSchema())));
  });

  it("is named in the first line of every environment file", () => {
    const folder = path.dirname(fromRoot(schemaFile));
    const files = readdirSync(folder).filter((name) => /^Pulumi\..*\.yaml$/.test(name));
    expect(files.length).toBeGreaterThan(3);
    for (const name of files) expect(readFileSync(path.join(folder, name), "utf8").split("\n")[0], name).toBe(schemaLine);
    expect(schemaLine.endsWith(`=${path.basename(schemaFile)}`)).toBe(true);
  });

  it("knows what must be given and refuses what is none, and leaves settings of others alone", () => {
    const { config } = (fileSchema() as { properties: { config: JsonSchema & { propertyNames: { anyOf: [{ enum: string[] }, object] } } } })
      .properties;
    expect(config.required).toEqual(["slm:models"]);
    expect(config.propertyNames.anyOf[0].enum).toEqual(Object.keys(config.properties!));
    expect(config.propertyNames.anyOf[1]).toEqual({ not: { pattern: "^slm:" } });
    expect(Object.keys(config.properties!)).toEqual(
      all.filter((setting) => !setting.path.includes(".")).map(({ path: name }) => `slm:${name}`),
    );
  });
});
