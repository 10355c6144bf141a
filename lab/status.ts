import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { build } from "../tools/build/recipe";
import { kubernetes, supervisor } from "../tools/build/recipes";
import { isUp } from "./lab";
import { files } from "./layout";

/** Prints each process, the nodes, and the memory that the lab takes. */
export async function status(): Promise<void> {
  if (!(await isUp())) return console.log("lab: down");
  const [python, control] = await build([supervisor, kubernetes]);
  const config = path.join(files.config, "supervisord.conf");
  const processes = await execa("python3", ["-m", "supervisor.supervisorctl", "-c", config, "status"], {
    env: { PYTHONPATH: python },
    reject: false,
  });
  const nodes = await execa(
    path.join(control!, "kubectl"),
    ["--kubeconfig", files.admin, "get", "nodes", "-L", "node.kubernetes.io/instance-type"],
    { reject: false },
  );
  const owner = existsSync(files.owner) ? readFileSync(files.owner, "utf8").trim() : "nobody";
  console.log(
    `lab: up, started from ${owner}\n\n${processes.stdout}\n\n${nodes.stdout || nodes.stderr}\n\nmemory: ${memoryMib()} MiB\nlogs: ${files.logs}`,
  );
}

/** Proportional memory of every process in the lab's PID namespace, its pods included, in MiB. */
export function memoryMib(): number {
  const namespaceOf = (pid: string): string => readlinkSync(`/proc/${pid}/ns/pid_for_children`);
  const lab = namespaceOf(readFileSync(files.initPid, "utf8").trim());
  let kib = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const inside =
        readFileSync(`/proc/${pid}/status`, "utf8")
          .match(/^NSpid:\s+(.*)$/m)?.[1]
          ?.split(/\s+/).length ?? 1;
      if (inside < 2 && namespaceOf(pid) !== lab) continue;
      kib += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      // the process ended meanwhile
    }
  }
  return Math.round(kib / 1024);
}
