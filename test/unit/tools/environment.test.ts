import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { readEnvironment } from "../../../tools/lib/environment";
import { UserError } from "../../../tools/lib/fault";
import { messageOf } from "../../support/errors";

const home = vi.hoisted(() => `${process.env["TMPDIR"] ?? "/tmp"}/slm-checkout-${process.pid}`);
vi.mock("../../../tools/lib/paths", async (original) => ({ ...(await original<object>()), repoRoot: home }));

const write = (name: string, text: string): void => writeFileSync(path.join(home, `stacks/Pulumi.${name}.yaml`), text);
beforeAll(() => {
  mkdirSync(path.join(home, "stacks"), { recursive: true });
  write(
    "mine",
    "config:\n  slm:region: westeurope\n  azure-native:location: x\n  slm:models: { chat: { engine: ollama, model: qwen3-0.6b } }\n",
  );
  write("other-1", "config: {}");
  for (const other of ["Pulumi.no yaml", "Pulumi.old.yaml.bak", "my-Pulumi.copy.yaml"]) writeFileSync(path.join(home, "stacks", other), "");
  mkdirSync(path.join(home, "stacks/Pulumi.sub"));
  write("sub/folder", "config: {}");
});
afterAll(() => rmSync(home, { recursive: true }));

describe("an environment's file", () => {
  it("is read by its name, with its own settings and nobody else's", () => {
    const { environment, ...rest } = readEnvironment("mine");
    expect(rest).toEqual({ name: "mine", file: "stacks/Pulumi.mine.yaml", text: expect.stringMatching(/^config:\n/) });
    expect([environment.name, environment.region, Object.keys(environment.models)]).toEqual(["mine", "westeurope", ["chat"]]);
  });

  it.each(["nowhere", "../mine", "mine/", "sub/folder", "mine ", ""])("is not %j, and those that there are are named", (name) => {
    const read = () => readEnvironment(name);
    expect(read).toThrow(UserError);
    expect(messageOf(read)).toBe(
      `ENV="${name}": there is no stacks/Pulumi.${name}.yaml\n  fix: use one of mine, other-1, or make new-env NAME=<name>`,
    );
  });

  it.each([
    ["config: [", /^stacks\/Pulumi\.it\.yaml is not YAML: [\s\S]+\n {2}fix: correct the line it names$/],
    ["", /^stacks\/Pulumi\.it\.yaml: there is no "config:" with the settings of the stack\n {2}fix: see stacks\/Pulumi\.lab\.yaml$/],
    ["- config", /there is no "config:"/],
    ["config: [a]", /there is no "config:"/],
    ["config:", /there is no "config:"/],
    ["secretsprovider: vault\nconfig: {}", /^stacks\/Pulumi\.it\.yaml: secretsprovider: must be a key service/],
    [
      "config: { slm:typo: 1, slm:models: { chat: { engine: ollama, model: qwen3-0.6b } } }",
      /^stacks\/Pulumi\.it\.yaml is invalid:\n✖ Unrecognized key: "typo"; it may have target, .*, catalog\n {2}fix: correct the settings it names; lib\/environment\/environment\.ts says what each may be$/,
    ],
  ])("with %j is refused in plain words", (text, message) => {
    write("it", text);
    expect(() => readEnvironment("it")).toThrow(UserError);
    expect(messageOf(() => readEnvironment("it"))).toMatch(message);
    rmSync(path.join(home, "stacks/Pulumi.it.yaml"));
  });
});
