import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { readEnvironment } from "../../../tools/lib/environment";
import { UserError } from "../../../tools/lib/fault";
import { newEnvironment, sources } from "../../../tools/new-environment/new-environment";
import { isPullRequest } from "../../../tools/pull-request/lifetime";
import { schemaLine } from "../../../tools/settings/json-schema";
import { runCommand } from "../../support/commands";
import { messageOf } from "../../support/errors";

vi.setConfig({ testTimeout: 60_000 });

const { written } = vi.hoisted(() => ({ written: [] as [string, string][] }));
vi.mock("../../../tools/lib/whole-file", () => ({ writeWhole: (file: string, text: string) => void written.push([file, text]) }));

let printed: string[] = [];
beforeEach(() => {
  written.splice(0);
  printed = [];
  for (const name of ["NAME", "FROM", "CONTEXT"]) vi.stubEnv(name, undefined);
  vi.spyOn(console, "log").mockImplementation((text) => void printed.push(String(text)));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
const text = (from: string, context = "", name = "team-a") => newEnvironment({ name, from, context });

describe("a new environment", () => {
  it.each(sources())("from %s is valid, commented, and names the schema and itself", (from) => {
    const lines = text(from).split("\n");
    expect(lines[0]).toBe(schemaLine);
    expect(lines.filter((line) => line === schemaLine)).toHaveLength(1);
    expect(lines[1]).toMatch(/^# team-a: .*\.$/);
  });

  it("on a cluster that others use has a namespace of its own, and the context that was asked for", () => {
    for (const from of ["kubernetes", "pr", "lab"])
      expect(parse(text(from, "ctx")).config["slm:kubernetes"], from).toMatchObject({ namespace: "slm-team-a", context: "ctx" });
    expect(parse(text("kubernetes")).config["slm:kubernetes"]).toEqual({ namespace: "slm-team-a" });
    expect(parse(text("lab")).config["slm:kubernetes"]["context"]).toBe("slm-lab");
    expect(parse(text("pr", "", `a${"b".repeat(52)}`)).config["slm:kubernetes"]["namespace"]).toHaveLength(53);
  });

  it("with a front door has a host and a namespace of the door for itself", () => {
    const settings = parse(text("pr", "ctx")).config;
    expect(settings["slm:gateway"]).toMatchObject({ host: "team-a.models.internal", namespace: "slm-team-a-door" });
    expect(parse(text("pr", "ctx", "pr-8")).config["slm:gateway"]).toMatchObject({
      host: "pr-8.models.internal",
      namespace: "slm-pr-8-door",
    });
  });

  it("on Azure is a copy: its names follow from its own", () => {
    const { text: dev } = readEnvironment("dev");
    expect(parse(text("dev"))).toEqual(parse(dev));
    expect(text("dev").split("\n").slice(2).join("\n")).toBe(dev.split("\n").slice(1).join("\n"));
  });

  it("is refused with all that is wrong with what was asked", () => {
    const near = "make new-env NAME=team-a FROM=kubernetes";
    expect(messageOf(() => text("nope", "", "qwen2.5-7b"))).toBe(
      'NAME: must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter, such as qwen2-5-7b, got "qwen2.5-7b"\n' +
        `FROM: must be one of ${sources().join(", ")}, got "nope"\n  fix: ${near}`,
    );
    expect(messageOf(() => text("pr", "", "prod"))).toBe(`NAME="prod": stacks/Pulumi.prod.yaml is there already\n  fix: ${near}`);
    expect(sources().filter((name) => !isPullRequest(name))).toEqual(["kubernetes", "pr", "dev", "lab", "local", "prod", "staging"]);
  });
});

describe("make new-env", () => {
  it("asks nothing when all is given, writes the file, and says what comes next", async () => {
    vi.stubEnv("NAME", "team-a").stubEnv("FROM", "pr").stubEnv("CONTEXT", "ctx");
    await runCommand("new-env");
    expect(written.map(([file, contents]) => [file.split("/stacks/")[1], contents])).toEqual([["Pulumi.team-a.yaml", text("pr", "ctx")]]);
    expect(printed).toEqual([
      "stacks/Pulumi.team-a.yaml is written; next: make plan ENV=team-a, make preview ENV=team-a, make up ENV=team-a",
    ]);
  });

  it("that lacks something where nobody can be asked is refused", async () => {
    vi.stubEnv("NAME", "team-a");
    await expect(runCommand("new-env")).rejects.toThrow(
      /^FROM: must be given, got ""\n {2}fix: make new-env NAME=team-a FROM=kubernetes; FROM is one of kubernetes, pr, /,
    );
    expect(written).toEqual([]);
    await expect(runCommand("new-env")).rejects.toBeInstanceOf(UserError);
  });
});
