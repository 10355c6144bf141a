import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { goBuild, goFetch, goInputs } from "../../../tools/build/go";
import { UserError } from "../../../tools/lib/fault";
import { repoRoot } from "../../../tools/lib/paths";
import { Executables } from "../../support/executables";

vi.setConfig({ testTimeout: 60_000 });

const bin = new Executables();
const go = (version: string, more = "") =>
  bin.add("go", `case "$1 $2" in "env GOVERSION") echo ${version};; "list -deps") echo a; echo b; echo c; echo d;; esac\n${more}`);
beforeEach(() => {
  bin.reset();
  go("go1.26.0");
  vi.stubEnv("PATH", bin.folder);
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => bin.dispose());

const module = { module: "cilium", packages: ["./a", "./b"], set: ["main.version=1"], env: { CGO_ENABLED: "1" } };

describe("a Go module", () => {
  it("is built from what its sums name, without paths of this machine", async () => {
    await goBuild(module, "/into", () => undefined);
    expect(bin.commands()).toEqual([
      "go env GOVERSION",
      "go list -deps ./a ./b",
      "go build -v -trimpath -ldflags -s -w -X main.version=1 -o /into/ ./a ./b",
    ]);
    const [, , { cwd, env }] = bin.calls() as [unknown, unknown, ReturnType<typeof bin.calls>[number]];
    expect([cwd, env["GOFLAGS"], env["GOGC"], env["CGO_ENABLED"]]).toEqual([
      path.join(repoRoot, "tools/go/cilium"),
      "-mod=readonly -buildvcs=false",
      "400",
      "1",
    ]);
    bin.reset();
    expect(await goFetch({ module: "cilium", packages: ["."] })).toBe(4);
    expect(bin.calls()[0]!.env["CGO_ENABLED"]).toBe("0");
  });

  it("says how far it is by the packages that are compiled", async () => {
    go("go1.26.0", 'if [ "$1" = build ]; then printf "x\\ny\\nz\\nw\\n" >&2; fi');
    const reports: [string, number | undefined][] = [];
    await goBuild(module, "/into", (state, share) => reports.push([state, share]));
    expect(reports).toEqual([
      ["fetching modules", undefined],
      ["compiled 1 of 4 packages", 0.25],
      ["compiled 2 of 4 packages", 0.5],
      ["compiled 3 of 4 packages", 0.75],
      ["compiled 4 of 4 packages", 0.99],
    ]);
  });

  it.each(["go1.26", "go1.30.1", "go2.0"])("is built by %s", async (version) => {
    go(version);
    await goBuild(module, "/into", () => undefined);
    expect(bin.commands()).toHaveLength(3);
  });

  it("is not built by an older Go, or by none", async () => {
    const fix = "install Go 1.26 or newer and put it on PATH";
    const built = () => goBuild(module, "/into", () => undefined);
    go("go1.25.9");
    await expect(built()).rejects.toThrow(new UserError("go: go1.25.9 is too old", fix));
    bin.remove("go");
    await expect(built()).rejects.toThrow(
      new UserError("go: not found on PATH; the parts of the lab and of the engine are built with it", fix),
    );
  });

  it("is another by its flags, its variables and its packages", () => {
    const inputs = [
      module,
      { ...module, set: ["main.version=2"] },
      { ...module, env: {} },
      { ...module, packages: ["./a"] },
      { ...module, module: "pulumi" },
    ].map(goInputs);
    expect(new Set(inputs).size).toBe(5);
    expect(goInputs({ ...module })).toBe(inputs[0]);
  });
});
