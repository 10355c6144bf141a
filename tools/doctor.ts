import { existsSync, readdirSync, readFileSync } from "node:fs";
import { freemem } from "node:os";
import path from "node:path";

import execa from "execa";
import { builtImages } from "../lib/environment/image-names";
import { planOf } from "../lib/environment/plan-request";
import { dependencies } from "../package.json";
import { fromRoot } from "../stacks/environment";
import { realPlugin } from "./azure-stand-in/locate";
import { checks, doctorText, type Machine, type TargetName } from "./doctor/checks";
import { type EnvironmentFile, readEnvironment } from "./lib/environment";
import { command } from "./lib/fault";
import { cache, freeMib } from "./lib/paths";
import { isLoggedIn, livesInLab } from "./lib/state";

/** Says what this machine lacks for each target; JSON=1 for machines. Exit code 0 when what ENV needs is here, 2 otherwise. */
command(async () => {
  const file = readEnvironment(process.env["ENV"] || "lab");
  const all = checks(thisMachine(file), {
    azureNative: dependencies["@pulumi/azure-native"],
    dockerBuild: dependencies["@pulumi/docker-build"],
  });
  const needed = targetsOf(file);
  const ready = needed.every((target) => all[target].every(({ ok }) => ok));
  if (process.env["JSON"]) console.log(JSON.stringify({ environment: file.name, needs: needed, ready, targets: all }, null, 2));
  else console.log(`${doctorText(all)}\n\nENV=${file.name} needs ${needed.join(" and ")}: ${ready ? "ready" : "not ready"}`);
  process.exitCode = ready ? 0 : 2;
});

function targetsOf(file: EnvironmentFile): TargetName[] {
  const { environment } = file;
  if (livesInLab(file)) return ["lab"];
  if (environment.target === "docker") return ["local"];
  if (!environment.azure) return ["kubernetes"];
  return builtImages(environment, planOf(environment)).length > 0 ? ["azure", "docker"] : ["azure"];
}

/** How kubectl reaches the environment's cluster. */
function clusterOf({ environment: { kubernetes } }: EnvironmentFile): string[] {
  return [
    ...(kubernetes.kubeconfig ? [`--kubeconfig=${fromRoot(kubernetes.kubeconfig)}`] : []),
    ...(kubernetes.context ? [`--context=${kubernetes.context}`] : []),
  ];
}

function thisMachine(file: EnvironmentFile): Machine {
  const meminfo = existsSync("/proc/meminfo") ? readFileSync("/proc/meminfo", "utf8") : "";
  const available = /^MemAvailable:\s+(\d+)/m.exec(meminfo)?.[1];
  return {
    platform: process.platform,
    uid: process.getuid?.(),
    node: process.version.slice(1),
    version: (name, ...args) => {
      const { failed, stdout } = execa.sync(name, args, { reject: false, timeout: 15_000 });
      return failed ? undefined : (stdout.split("\n")[0] ?? "").trim();
    },
    exists: existsSync,
    plugin: (name) => realPlugin(process.env, name)?.split("/").at(-1),
    isBuilt: (name) => existsSync(cache) && readdirSync(cache).some((folder) => folder.startsWith(`${name}-`) && !folder.endsWith(".lock")),
    freeDiskMib: freeMib(existsSync(cache) ? cache : path.parse(cache).root),
    memoryMib: Math.floor(available ? Number(available) / 1024 : freemem() / 2 ** 20),
    env: process.env,
    cluster: livesInLab(file) ? [] : clusterOf(file),
    loggedIn: isLoggedIn(),
  };
}
