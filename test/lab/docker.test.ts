import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { clientFolder, docker, down, inside, up } from "../../lab/docker/engine";
import { bakedOnnx } from "../../lab/docker/images";
import { dockerHost, files } from "../../lab/docker/layout";
import { type Report, shown } from "../../tools/compare/report";
import { chosenEnvironment } from "../../tools/docker/choose";
import { repoRoot } from "../../tools/lib/paths";
import { beyond, beyondAddress, killProcess, OnDocker, restartEngine } from "../support/docker";
import { openPages } from "../support/drawing";
import { ExampleClients } from "../support/example-clients";
import { filesWith } from "../support/planted";

/** An environment on a real Docker engine, by the commands that people use. What Docker Desktop does otherwise is not shown here. */
const local = new OnDocker("docker-test", 8443);
const smollm2 = {
  engine: "ollama",
  model: "smollm2-135m-instruct",
  weights: {
    ollama: { kind: "baked", path: "/models/smollm2-135m-instruct-q4_1.gguf" },
    onnx: { kind: "baked", path: bakedOnnx },
  },
  contextTokens: 2048,
  memoryMib: 1024,
  cpuCores: 0.5,
};
/** The same weights in another engine, behind the same gateway. */
const edge = { ...smollm2, engine: "onnx" };
const consumers = { app: { models: ["smollm2", "edge"] }, slow: { models: ["smollm2"], requestsPerMinute: 3 } };
const images = ["ollama", "python", "envoy", "onnx-server", "prometheus"] as const;
const write = (model: object = {}, more: object = {}) =>
  local.write({ consumers, models: { smollm2: { ...smollm2, ...model }, edge }, docker: { port: 8443, monitoring: {} }, ...more }, images);
/** Values of a query that Prometheus answers to this machine, each with its labels. */
const series = async (query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
  const asking = [
    "curl",
    "--silent",
    "--max-time",
    "10",
    "--get",
    "--data-urlencode",
    `query=${query}`,
    "http://127.0.0.1:9090/api/v1/query",
  ];
  return JSON.parse((await execa(...inside(asking))).stdout).data.result;
};
const has = (query: string, labels: object) =>
  vi.waitFor(async () => expect((await series(query)).map(({ metric }) => metric)).toContainEqual(expect.objectContaining(labels)), {
    timeout: 90_000,
    interval: 2000,
  });

let keyOf: Record<"app" | "slow", string>;
let first: Awaited<ReturnType<typeof local.up>>;

beforeAll(async () => {
  await up();
  await write();
  await local.run("main", "down", { PURGE: "1" }); // what a failed run of these tests left
  first = await local.up();
  keyOf = { app: await local.key("app"), slow: await local.key("slow") };
});
afterAll(async () => {
  local.remove();
  await down();
});

const answered = () =>
  vi.waitFor(async () => expect((await local.chat(keyOf.app)).body).toContain("Paris"), { timeout: 300_000, interval: 1000 });

describe("brought up", () => {
  it("it ends with the model's answer, and says where clients find the certificate", () => {
    expect(first.out).toContain("at the front door:  https://localhost:8443/v1");
    expect(first.out).toContain("Paris");
    expect(first.out).toContain("certificate for clients: .slm/docker/docker-test.pem");
  });
  it("again, it changes nothing", async () => {
    const before = await local.running();
    expect((await local.up()).out).toMatch(/\d+ unchanged/);
    expect(await local.running()).toEqual(before);
    expect(Object.keys(before).sort()).toEqual(["edge", "gateway", "prometheus", "smollm2"]);
  });
});

it("is what commands take where nobody names an environment: this engine answers", async () => {
  vi.stubEnv("PATH", `${await clientFolder()}:${process.env["PATH"]}`).stubEnv("DOCKER_HOST", dockerHost);
  const reported = vi.spyOn(console, "error").mockReturnValue();
  expect(await chosenEnvironment("")).toBe("local");
  expect(reported).toHaveBeenCalledWith("ENV=local: Docker answers; ENV=lab is the other one");
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("a client", () => {
  it("is answered with its key", answered);
  it("is refused without one, in OpenAI's form", async () => {
    for (const key of [undefined, "slm-no-key"]) {
      const { status, body } = await local.chat(key);
      expect([status, JSON.parse(body).error.code]).toEqual([401, "invalid_api_key"]);
    }
  });
  it("is answered when to come back once it has asked too often", async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => local.chat(keyOf.slow, { max_tokens: 1 })));
    expect(all.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
    const { headers, body } = all.find(({ status }) => status === 429)!;
    expect([headers["retry-after"], JSON.parse(body).error.code]).toEqual(["60", "rate_limit_exceeded"]);
  });
  it("does not reach an engine's own interface, nor another's model by a header", async () => {
    expect((await local.ask("/api/tags", { key: keyOf.app })).status).toBe(404);
    expect((await local.chat(keyOf.app, { model: "none" })).status).toBe(404);
  });
  it("has a key that ends while the gateway runs on", async () => {
    const gateway = (await local.running())["gateway"];
    const key = await local.key("app");
    await vi.waitFor(async () => expect((await local.ask("/v1/models", { key })).status).toBe(200), { timeout: 30_000 });
    expect((await local.run("keys", undefined, { REVOKE: "app.2" })).out).toContain("app.2 is no key any more");
    await vi.waitFor(async () => expect((await local.ask("/v1/models", { key })).status).toBe(401), { timeout: 30_000 });
    expect((await local.ask("/v1/models", { key: keyOf.app })).status).toBe(200);
    expect((await local.running())["gateway"]).toBe(gateway);
  });
});

describe("compared", () => {
  let ran: Awaited<ReturnType<typeof local.run>>;
  beforeAll(async () => {
    ran = await local.run("compare", undefined, { JSON: "1", RESTART: "1", REQUESTS: "3", CONCURRENCY: "2", TOKENS: "12" });
  });

  it("both engines answer the same question behind the same gateway, and every figure of both is measured", () => {
    const { rows } = JSON.parse(ran.out) as Report;
    const measured = expect.toSatisfy((value: unknown) => typeof value === "number" && value > 0);
    const spread = { p50: measured, p95: measured };
    const level = { requests: 3, failed: 0, ttftSeconds: spread, tpotSeconds: spread, tokensPerSecond: measured };
    for (const row of rows)
      expect(row).toMatchObject({
        ...{ environment: "docker-test", memoryMib: measured, loadSeconds: measured, diskMib: measured },
        levels: [1, 2].map((concurrency) => ({ ...level, concurrency })),
      });
    expect(rows.map(({ model, engine }) => `${model}: ${engine}`)).toEqual(["smollm2: ollama", "edge: onnx"]);
    for (const { answers } of rows) expect(answers[0]).toMatchObject({ text: expect.stringContaining("Paris"), failed: false });
  });
  it("the page with the plots is drawn by a browser that finds no host", async () => {
    const page = ran.err.split("\n").find((line) => line.endsWith(".html"))!;
    const folder = path.join(repoRoot, ".slm/screenshots/compare");
    mkdirSync(folder, { recursive: true });
    copyFileSync(path.join(repoRoot, page), path.join(folder, "comparison.html"));
    const { errors, panels } = (await openPages(folder))["comparison"]!;
    expect(errors).toEqual([]);
    expect(panels.map(({ title }) => title)).toEqual(["Models", ...shown.map(({ title }) => title), "Answers"]);
    for (const { title, unit } of shown) {
      const text = panels.find((panel) => panel.title === title)!.text.join("\n");
      expect(text, title).toMatch(new RegExp(`^[\\d.]+ ${unit}$`, "m"));
      expect(text, title).not.toContain("unknown");
    }
  });
});

describe("an example of a client", () => {
  let clients: ExampleClients;
  beforeAll(async () => {
    const ca = path.join(repoRoot, ".slm/docker/docker-test.pem");
    clients = await ExampleClients.open({ url: "https://localhost:8443/v1", key: keyOf.app, model: "smollm2", ca }, inside);
  });
  afterAll(() => clients.remove());
  const question = "What is the capital of France?";

  it.each(["curl", "python", "typescript"] as const)(
    "in %s is answered, streams and embeds, and says that the engine has no tools",
    async (name) => {
      for (const command of ["chat", "stream"])
        expect(await clients.run(name, [command, question])).toMatchObject({ code: 0, out: expect.stringContaining("Paris") });
      expect(await clients.run(name, ["embeddings", question])).toMatchObject({ code: 0, out: "576" });
      const refused = await clients.run(name, ["tools", "What is 17 times 25?"]);
      expect(refused.code).not.toBe(0);
      expect(refused.err).toContain("does not support tools");
    },
  );
  it("asks for each line of a file", async () => {
    const lines = ["a", "b"].map((id) => JSON.stringify({ id, prompt: question }));
    writeFileSync(path.join(clients.folder, "batch/questions.jsonl"), lines.join("\n"));
    expect(await clients.run("batch", ["questions.jsonl", "answers.jsonl"])).toMatchObject({ code: 0 });
    const answers = readFileSync(path.join(clients.folder, "batch/answers.jsonl"), "utf8").trim().split("\n");
    for (const line of answers) expect(JSON.parse(line).answer).toContain("Paris");
    expect(answers).toHaveLength(2);
  });
  it.each([
    ["fastapi", 8101],
    ["express", 8102],
  ] as const)("that serves with %s has the model summarise, and keeps the key", async (service, port) => {
    const end = clients.start(service, port);
    const curl = (...args: string[]) =>
      execa(...inside(["curl", "--silent", "--fail", "--max-time", "60", ...args])).then(({ stdout }) => stdout);
    try {
      await vi.waitFor(() => curl(`http://127.0.0.1:${port}/healthz`), { timeout: 60_000, interval: 500 });
      const body = ["--header", "content-type: application/json", "--data", JSON.stringify({ text: "Paris is the capital of France." })];
      expect(JSON.parse(await curl(...body, `http://127.0.0.1:${port}/summaries`)).summary.length).toBeGreaterThan(5);
      expect((await curl(...body, `http://127.0.0.1:${port}/summaries?stream=1`)).length).toBeGreaterThan(5);
    } finally {
      await end();
    }
  });
});

describe("Prometheus", () => {
  it("has what the gateway counted, under the model's name", () =>
    has("sum by (model, environment) (envoy_cluster_upstream_rq) > 0", { model: "smollm2", environment: "docker-test" }));
  it("has the rules of every environment, and none that fails", async () => {
    await has("slm:model:info", { model: "smollm2" });
    const asking = ["curl", "--silent", "--max-time", "10", "http://127.0.0.1:9090/api/v1/rules"];
    const { groups } = JSON.parse((await execa(...inside(asking))).stdout).data as {
      groups: { rules: { name: string; health: string }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.map(({ name }) => name)).toContain("AvailabilityBurnFast");
    expect(rules.filter(({ health }) => health === "err")).toEqual([]);
  });
});

describe("nothing leaves", () => {
  /** What a container of a network is answered when it asks; nothing where it is answered. */
  const asked = async (network: string): Promise<string> => {
    const { python } = JSON.parse(readFileSync(files.images, "utf8")) as { python: string };
    const ask = `import urllib.request; urllib.request.urlopen("http://${beyondAddress}/", timeout=5)`;
    const asking = ["run", "--rm", `--network=${network}`, "--entrypoint=python3", python, "-c", ask];
    const { failed, stderr } = await docker(asking, { reject: false });
    return failed ? stderr.split("\n").at(-1)! : "";
  };
  it("by the servers' network, where another network would let it", async () => {
    const end = await beyond();
    try {
      await vi.waitFor(async () => expect(await asked("bridge")).toBe(""), { timeout: 60_000 });
      expect(await asked("slm-docker-test-models")).toMatch(/URLError|TimeoutError|unreachable/);
    } finally {
      end();
    }
  });
  it("and servers are in no other network", async () => {
    const networks = await docker([
      "inspect",
      "--format={{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}",
      "slm-docker-test-smollm2",
    ]);
    expect(networks.stdout.trim()).toBe("slm-docker-test-models");
  });
});

it("no container has rights, or a root that it may write to; gateway and Prometheus are published, to this machine alone", async () => {
  const { stdout } = await docker(["ps", "--all", "--quiet", "--filter=label=slm-stack.environment=docker-test"]);
  const all = JSON.parse((await docker(["inspect", ...stdout.split("\n")])).stdout) as Inspected[];
  expect(all).toHaveLength(6);
  for (const { Config, HostConfig } of all)
    expect({ user: Config.User.split(":")[1], ...HostConfig }).toMatchObject({
      ...{ user: "65532", CapDrop: ["ALL"], ReadonlyRootfs: true, Privileged: false, SecurityOpt: ["no-new-privileges"] },
      Memory: HostConfig.MemorySwap,
    });
  const published = all.flatMap(({ HostConfig: { PortBindings } }) => Object.values(PortBindings ?? {}).flat());
  expect(published).toEqual(expect.arrayContaining(["8443", "9090"].map((HostPort) => ({ HostIp: "127.0.0.1", HostPort }))));
  expect(published).toHaveLength(2);
});

interface Inspected {
  readonly Config: { readonly User: string };
  readonly HostConfig: { readonly MemorySwap: number; readonly PortBindings?: Readonly<Record<string, readonly object[]>> };
}

it("a key is in no state, and in nothing that Docker tells of its containers", async () => {
  expect(filesWith(path.join(repoRoot, ".slm/pulumi"), keyOf.app)).toEqual([]);
  const { stdout } = await docker(["ps", "--all", "--quiet"]);
  const reported = (await docker(["inspect", ...stdout.split("\n")])).stdout;
  const logs = (await docker(["logs", "slm-docker-test-gateway"], { all: true })).all;
  expect(reported.includes(keyOf.app) || logs?.includes(keyOf.app)).toBe(false);
  expect(logs).toContain('"consumer":"app"');
});

describe("day two", () => {
  it("a failed server comes back", async () => {
    const before = await local.running();
    await killProcess("slm-docker-test-smollm2");
    await answered();
    expect(await local.running()).toEqual(before);
  });
  it("a restarted engine has everything again", async () => {
    const before = await local.running();
    await restartEngine();
    await vi.waitFor(async () => expect(await local.running()).toEqual(before), { timeout: 120_000, interval: 1000 });
    await answered();
  });
  it("another parameter is another server, and the gateway runs on", async () => {
    const before = await local.running();
    await write({ ollama: { parameters: { temperature: 0.1 } } });
    await local.up();
    const after = await local.running();
    expect(after["gateway"]).toBe(before["gateway"]);
    expect(after["smollm2"]).not.toBe(before["smollm2"]);
    await answered();
  });
  it("another engine keeps the address", async () => {
    const before = await local.running();
    await write({ engine: "onnx" });
    expect((await local.up()).out).toContain("https://localhost:8443/v1");
    expect((await local.running())["gateway"]).toBe(before["gateway"]);
    await has("up", { job: "slm-models", model: "smollm2" });
    const { stdout } = await docker(["inspect", "--format={{.Config.Entrypoint}}", "slm-docker-test-smollm2"]);
    expect(stdout).toContain("onnx_server");
    await answered();
  });
});

describe("refused in one line, before anything is made", () => {
  const other = new OnDocker("docker-refused", 8444);
  const refusal = async (model: object, more: object = {}, variables: Record<string, string> = {}) => {
    await other.write({ consumers: { app: { models: ["smollm2"] } }, models: { smollm2: { ...smollm2, ...model } }, ...more }, [
      "ollama",
      "python",
      "envoy",
    ]);
    const { code, err } = await other.run("main", "up", variables);
    const left = await docker(["volume", "ls", "--quiet", "--filter=label=slm-stack.environment=docker-refused"]);
    expect([code, left.stdout, Object.keys(await other.running())]).toEqual([2, "", []]);
    return err;
  };
  afterAll(() => other.remove());

  it("is a port that another process has, named with it", async () => {
    const listen = "import socket, time; s = socket.create_server(('127.0.0.1', 8444)); time.sleep(600)";
    const listening = execa(...inside(["python3", "-c", listen]), { reject: false });
    try {
      await vi.waitFor(
        async () => expect(await refusal({})).toMatch(/✖ docker\.port: must be free, and \S+ \(process \d+\) listens at 8444/),
        {
          timeout: 120_000,
        },
      );
    } finally {
      listening.kill();
    }
  });
  it("is a port of another environment", async () =>
    expect(await refusal({}, { docker: { port: 8443 } })).toContain("and the container slm-docker-test-gateway listens at 8443"));
  it("is a model with too little memory for it", async () =>
    expect(await refusal({ memoryMib: 2_000_000 })).toMatch(
      /✖ models: must fit \d+ MiB of memory, which Docker has, got 2000512 MiB \(smollm2 2000000, the gateway 512\)/,
    ));
  it("is a GPU where there is none", async () =>
    expect(await refusal({ cpu: false })).toContain("✖ models.smollm2: must run on the CPU (cpu: true), since Docker reports no GPU"));
  it("is an engine that does not run", async () => {
    const { err } = await other.run("main", "up", { DOCKER_HOST: "unix:///nowhere.sock" });
    expect(err).toContain("error: Docker does not answer at unix:///nowhere.sock");
  });
});

describe("taken down", () => {
  const left = async (kind: "volume" | "network" | "container") =>
    (await docker([kind, "ls", "--quiet", ...(kind === "container" ? ["--all"] : []), "--filter=label=slm-stack.environment=docker-test"]))
      .stdout;

  it("it leaves volumes only, and takes them too where it is asked to", async () => {
    const { out } = await local.run("main", "down");
    expect(out).toContain("of docker-test, volumes are left: slm-docker-test-door, slm-docker-test-series");
    const volumes = "slm-docker-test-door\nslm-docker-test-series";
    expect([await left("container"), await left("network"), await left("volume")]).toEqual(["", "", volumes]);
    expect((await local.run("main", "down", { PURGE: "1" })).out).toContain("nothing is left of docker-test");
    expect(await left("volume")).toBe("");
  });
});
