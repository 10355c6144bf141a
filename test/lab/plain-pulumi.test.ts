import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";

import { files, network, registryPort } from "../../lab/layout";
import { type EngineEnv, engine } from "../../tools/lib/engine";
import { repoRoot, workDir } from "../../tools/lib/paths";
import { kubectl, labEnvironment } from "../support/lab";

const name = "plain-test";

/** Commands as Pulumi's users type them, in a checkout with a backend of their own, and no target of make. */
let folder: string;
let env: EngineEnv;
const pulumi = async (...args: string[]): Promise<string> =>
  (await execa("pulumi", [...args, "--non-interactive"], { cwd: folder, env, extendEnv: false, all: true })).all!;

/** What `make` sets to be quick is not set: the user's shell knows nothing of it. */
const ownToMake = ["PULUMI_NODEJS_TRANSPILE_ONLY", "TS_NODE_CACHE_DIRECTORY"];

beforeAll(async () => {
  mkdirSync(workDir, { recursive: true });
  folder = mkdtempSync(path.join(workDir, "checkout-"));
  const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: repoRoot });
  for (const file of stdout.split("\n").filter((one) => /^(components|lib|policies|stacks|[^/]+$)/.test(one)))
    cpSync(path.join(repoRoot, file), path.join(folder, file));
  symlinkSync(path.join(repoRoot, "node_modules"), path.join(folder, "node_modules"));
  const { text } = labEnvironment(name, (settings) => {
    settings["slm:kubernetes"].kubeconfig = files.kubeconfig;
    settings["slm:images"] = files.images;
    Object.assign(settings["slm:models"]["smollm2"]!, { coldStart: { loadSeconds: 300 } });
  });
  writeFileSync(path.join(folder, `stacks/Pulumi.${name}.yaml`), text);
  const own = { PULUMI_BACKEND_URL: `file://${folder}/state?metadata=skip`, PULUMI_CONFIG_PASSPHRASE: "plain" };
  mkdirSync(path.join(folder, "state"));
  const all = { ...process.env, ...(await engine()), ...own } as EngineEnv;
  env = Object.fromEntries(Object.entries(all).filter(([key]) => !ownToMake.includes(key)));
});
afterAll(async () => {
  await pulumi("destroy", "--yes", "--stack", name).finally(() => rmSync(folder, { recursive: true, force: true }));
});

it("the stack is made from the environment's file, which gets the salt of its secrets and nothing else", async () => {
  const file = path.join(folder, `stacks/Pulumi.${name}.yaml`);
  const before = parse(readFileSync(file, "utf8"));
  await pulumi("stack", "init", name);
  expect(parse(readFileSync(file, "utf8"))).toEqual({ ...before, encryptionsalt: expect.stringMatching(/^v1:/) });
});

it("a preview is evaluated by the policy pack as it stands in the folder, with the settings that it is given", async () => {
  const pack = ["--policy-pack", "policies"];
  const refused = await pulumi("preview", "--stack", name, ...pack).catch(({ all }: { all: string }) => all);
  expect(refused).toContain("[mandatory] [severity: high]  image-registry  (kubernetes:apps/v1:Deployment: smollm2-server)");
  const config = path.join(folder, "registries.json");
  writeFileSync(config, JSON.stringify({ "image-registry": { registries: [`${network().node}:${registryPort}`] } }));
  const text = await pulumi("preview", "--stack", name, ...pack, "--policy-pack-config", config);
  expect(text).toMatch(/\+ \d\d to create/);
  expect(text).toContain("✅ slm@");
});

it("an update ends when the model has answered; the next one changes nothing, and destroy leaves nothing", async () => {
  expect(await pulumi("up", "--yes", "--stack", name)).toMatch(/verification\s*: \{\s*smollm2\s*: \{\s*smollm2\s*: \{\s*tokensPerSecond/);
  expect(await pulumi("up", "--yes", "--stack", name)).toMatch(/Resources:\n\s+\d\d unchanged\n/);
  await pulumi("destroy", "--yes", "--stack", name);
  expect(await kubectl("get", "namespace", name, "--ignore-not-found", "--output=name")).toBe("");
});
