import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { ComponentProvider } from "../../components/plugin/provider";
import { build } from "../../tools/build/recipe";
import { pulumiPython, pulumiYaml } from "../../tools/build/recipes";
import { repoRoot } from "../../tools/lib/paths";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const folder = mkdtempSync(path.join(tmpdir(), "slm-sdk-"));
const at = (...parts: string[]): string => path.join(folder, ...parts);
let python: string;

/** SDKs of the library's own schema, by Pulumi's own generators. */
beforeAll(async () => {
  const [generators, packages] = await build([pulumiYaml, pulumiPython]);
  python = packages!;
  writeFileSync(at("schema.json"), await new ComponentProvider().getSchema());
  await execa(path.join(generators!, "sdk"), [at("schema.json"), folder]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function mypy(program: string): Promise<string> {
  mkdirSync(at("program"), { recursive: true });
  writeFileSync(at("program/__main__.py"), program);
  const packages = at("base/lib/python3.11/site-packages"); // where Python, and so mypy, looks for what a user has installed
  if (!existsSync(packages)) {
    mkdirSync(path.dirname(packages), { recursive: true });
    symlinkSync(python, packages);
  }
  const env = { PYTHONUSERBASE: at("base"), MYPYPATH: at("python") };
  const flags = ["-m", "mypy", "--strict", "--follow-imports=silent", "--no-incremental", at("program/__main__.py")];
  return (await execa("python3", flags, { env, reject: false, cwd: folder, all: true })).all!;
}

it("in Python, the first example has the types of the SDK, and a wrong argument has none", async () => {
  const example = readFileSync(path.join(repoRoot, "examples/one-model-python/__main__.py"), "utf8");
  expect(await mypy(example)).toContain("Success: no issues found in 1 source file");
  expect(await mypy(example.replace('model="qwen3-0.6b"', "model=1"))).toContain("error: ");
  expect(await mypy(example.replace('model="qwen3-0.6b"', 'modell="qwen3-0.6b"'))).toContain("error: ");
});

const goProgram = `package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"slm-stack/sdk/go/slm/namespace"
	"slm-stack/sdk/go/slm/serving"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		models, err := namespace.NewModelNamespace(ctx, "models", &namespace.ModelNamespaceArgs{})
		if err != nil {
			return err
		}
		chat, err := serving.NewModel(ctx, "chat", &serving.ModelArgs{
			Engine: "ollama", Model: "qwen3-0.6b", Namespace: models.NamespaceName,
			Image: pulumi.String("ollama"), VerifierImage: pulumi.String("python"),
		})
		if err != nil {
			return err
		}
		ctx.Export("url", chat.Url)
		return nil
	})
}
`;

it("in Go, the SDK and the first example compile, and a wrong argument does not", async () => {
  cpSync(at("go/slm"), at("go-program/sdk/go/slm"), { recursive: true });
  const pins = path.join(repoRoot, "tools/go/pulumi-yaml");
  writeFileSync(
    at("go-program/go.mod"),
    readFileSync(path.join(pins, "go.mod"), "utf8").replace("module slm-stack/tools/pulumi-yaml", "module slm-stack"),
  );
  copyFileSync(path.join(pins, "go.sum"), at("go-program/go.sum"));
  const vet = async (program: string) => {
    writeFileSync(at("go-program/main.go"), program);
    return execa("go", ["vet", "-mod=mod", "./..."], { cwd: at("go-program"), reject: false, all: true });
  };
  const right = await vet(goProgram);
  expect(right.exitCode, right.all!).toBe(0);
  expect((await vet(goProgram.replace('Model: "qwen3-0.6b"', "Model: 1"))).all).toContain("cannot use 1");
});

it("C# and TypeScript have an SDK each, which nothing here compiles", () => {
  expect([at("dotnet/Serving/Model.cs"), at("nodejs/serving/model.ts")].map(existsSync)).toEqual([true, true]);
});
