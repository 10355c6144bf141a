import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { repoRoot } from "../../tools/lib/paths";
import type { Step } from "./plan";
import type { Failed, FileResult } from "./result";
import { unexplained } from "./skips";

/** A result that stands for a whole suite of which there is none. */
export const broken = (suite: string, why: string): FileResult => ({
  ...{ file: suite, suite, wallSeconds: 0, processorSeconds: 0, testSeconds: 0, hookSeconds: 0, passed: 0, skipped: 0, failed: 1 },
  failures: [{ name: "(all of it)", why }],
});

/** Runs projects of Vitest, with its output as it comes. */
export async function runVitest({ name, projects, files }: Step, folder: string): Promise<FileResult[]> {
  const results = path.join(folder, `${name}.json`);
  const args = ["run", ...projects.map((project) => `--project=${project}`), ...files];
  const child = spawn(process.execPath, ["node_modules/vitest/vitest.mjs", ...args], {
    cwd: repoRoot,
    env: { ...process.env, SLM_TEST_RESULTS: results },
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  if (!existsSync(results)) return [broken(name, `Vitest ended with code ${code} and no results`)];
  const read = JSON.parse(readFileSync(results, "utf8")) as FileResult[];
  return code === 0 || read.some(({ failed }) => failed > 0) ? read : [...read, broken(name, `Vitest ended with code ${code}`)];
}

/** Runs the ONNX server's own tests; what they print is kept in a file. */
export async function runServer(chosen: readonly string[], folder: string): Promise<FileResult[]> {
  const [results, log] = ["onnx-server.xml", "onnx-server.log"].map((name) => path.join(folder, name)) as [string, string];
  const own = chosen.map((file) => path.relative("images/onnx-server", file));
  const child = spawn(path.join(repoRoot, "images/onnx-server/test.sh"), [`--junitxml=${results}`, ...own], {
    cwd: repoRoot,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = createWriteStream(log);
  for (const stream of [child.stdout, child.stderr]) stream.pipe(output, { end: false });
  const [code] = await once(child, "close");
  output.end();
  const last = readFileSync(log, "utf8").trim().split("\n").at(-1);
  if (!existsSync(results)) return [broken("images/onnx-server", `test.sh ended with code ${code}; ${log}: ${last}`)];
  return pytestResults(readFileSync(results, "utf8"));
}

const attribute = (text: string, name: string): string =>
  (new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? "")
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

/** What pytest's JUnit report tells, by file. It does not tell processor time. */
export function pytestResults(xml: string): FileResult[] {
  const cases = [...xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(([, head, body = ""]) => ({
    file: `images/onnx-server/${attribute(head!, "classname").replaceAll(".", "/")}.py`,
    name: attribute(head!, "name"),
    seconds: Number(attribute(head!, "time")),
    skipped: /<skipped\b/.test(body),
    fault: /<(?:failure|error)\b[^>]*>/.exec(body)?.[0],
  }));
  return [...new Set(cases.map(({ file }) => file))].map((file): FileResult => {
    const own = cases.filter((one) => one.file === file);
    const unexpected = unexplained(own.filter(({ skipped }) => skipped).map(({ name }) => name));
    const failures = own.flatMap(({ name, fault }): Failed[] =>
      fault ? [{ name, why: attribute(fault, "message").split("\n")[0]! }] : [],
    );
    const seconds = own.reduce((sum, one) => sum + one.seconds, 0);
    const skipped = own.filter((one) => one.skipped).length;
    return {
      ...{ file, suite: "onnx-server", wallSeconds: seconds, processorSeconds: 0, testSeconds: seconds, hookSeconds: 0 },
      ...{ passed: own.length - failures.length - skipped, skipped: skipped - unexpected.length },
      failed: failures.length + unexpected.length,
      failures: [...failures, ...unexpected.map((name) => ({ name, why: "skipped, and test/run/skips.ts has no reason for it" }))],
    };
  });
}
