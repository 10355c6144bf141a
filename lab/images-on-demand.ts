import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { locked } from "../tools/build/lock";
import { logBuild } from "../tools/build/log";
import { alertmanager, collector, envoy, prometheus } from "../tools/build/monitoring";
import { build, type Recipe } from "../tools/build/recipe";
import {
  debianPython,
  envoyGateway,
  keda,
  kubernetes,
  onnxServer,
  ratelimit,
  redis,
  smollm2,
  smollm2HuggingFace,
  smollm2Onnx,
  torch,
  vllm,
} from "../tools/build/recipes";
import { UserError } from "../tools/lib/fault";
import { cache, fingerprint, freeMib, labName, repoRoot } from "../tools/lib/paths";
import { spending } from "../tools/lib/processor-time";
import { writeWhole } from "../tools/lib/whole-file";
import { push, reference } from "./images";
import { files, network } from "./layout";
import type { LabImage, Layer } from "./oci";

/** How an image is made that a lab has only once somebody asked for it. */
interface Definition extends Omit<LabImage, "name" | "tag" | "layers"> {
  /** What it is made from, each with its place in the image. */
  from: [Recipe, string | ((folder: string) => Layer)][];
  /** A folder of this repository that it carries too. */
  source?: { folder: string; at: string };
}

const bin = "/usr/bin:/bin";
const python: [Recipe, string] = [debianPython, "/"];
const unbuffered = { PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1" };

/** One program of a recipe's folder. */
const program = (recipe: Recipe, name: string): [Recipe, (folder: string) => Layer] => [
  recipe,
  (folder) => ({ contents: { [`/bin/${name}`]: path.join(folder, name) } }),
];

const engines = {
  /** The contract of vllm/vllm-openai: arguments are those of `vllm serve`. */
  "vllm-cpu": {
    from: [python, [torch, "/opt/torch"], [vllm, "/opt/vllm"]],
    entrypoint: ["vllm", "serve"],
    environment: { PATH: `/opt/vllm/bin:${bin}`, PYTHONPATH: "/opt/vllm:/opt/torch", ...unbuffered },
  },
  /** The contract of images/onnx-server/Dockerfile. */
  "onnx-server": {
    from: [python, [onnxServer, "/opt/onnx-server"]],
    source: { folder: "images/onnx-server/onnx_server", at: "/opt/app/onnx_server" },
    entrypoint: ["python3", "-m", "onnx_server"],
    environment: { PATH: bin, PYTHONPATH: "/opt/app:/opt/onnx-server", HOME: "/tmp", ...unbuffered },
  },
  /** Weights, to be mounted as image volumes. */
  "smollm2-gguf": {
    from: [[smollm2, (folder) => ({ contents: { "/smollm2-135m-instruct-q4_1.gguf": path.join(folder, "model.gguf") } })]],
  },
  "smollm2-hf": { from: [[smollm2HuggingFace, "/"]] },
  "smollm2-onnx": { from: [[smollm2Onnx, "/"]] },
} satisfies Record<string, Definition>;

/** Programs of the monitoring, started as their official images start them. */
const monitoring = {
  prometheus: { from: [program(prometheus, "prometheus")], entrypoint: ["/bin/prometheus"] },
  alertmanager: { from: [program(alertmanager, "alertmanager")], entrypoint: ["/bin/alertmanager"] },
  "otel-collector": { from: [program(collector, "collector")], entrypoint: ["/bin/collector"] },
} satisfies Record<string, Definition>;

/** The front door. Both programs are named where they are started, and looked up on PATH. */
const gateway = {
  envoy: {
    from: [[envoy, (folder) => ({ contents: { "/bin/envoy": path.join(folder, "envoy/_bin/envoy") } })]],
    environment: { PATH: "/bin" },
  },
  "envoy-gateway": { from: [program(envoyGateway, "envoy-gateway")], environment: { PATH: "/bin" } },
  ratelimit: { from: [[ratelimit, (folder) => ({ contents: { "/bin/ratelimit": path.join(folder, "service_cmd") } })]] },
  redis: { from: [[redis, "/"]], entrypoint: ["/usr/bin/redis-server"], environment: { PATH: bin } },
} satisfies Record<string, Definition>;

/** KEDA's two programs, under the names that its official images give them. */
const scaling = {
  keda: { from: [[keda, (folder) => ({ contents: { "/keda": path.join(folder, "operator") } })]], entrypoint: ["/keda"] },
  "keda-metrics-apiserver": {
    from: [[keda, (folder) => ({ contents: { "/keda-adapter": path.join(folder, "adapter") } })]],
    entrypoint: ["/keda-adapter"],
  },
} satisfies Record<string, Definition>;

const definitions = { ...engines, ...monitoring, ...gateway, ...scaling };

export type OnDemand = keyof typeof definitions;
/** Images of the engines and of their weights. */
export const onDemand = Object.keys(engines) as OnDemand[];

/** The reference, by digest, of an image in the running lab's registry; makes and pushes it where it is not there yet, or is another version. */
export async function labImage(name: OnDemand): Promise<string> {
  if (!existsSync(files.images)) throw new UserError(`the lab "${labName}" is not up`, "start it: make lab-up");
  const waiting = (): void => console.error(`waiting for another run that makes the image ${name} for the lab "${labName}"`);
  return locked(path.join(cache, `${labName}-image-${name}.lock`), waiting, () => pushed(name, definitions[name]));
}

async function pushed(name: OnDemand, definition: Definition): Promise<string> {
  const [net, known] = [network(), digests()];
  const tag = tagOf(definition);
  if (known[name]?.startsWith(`${reference(net, { name, tag })}@`)) return known[name];
  const [control, ...folders] = await build([kubernetes, ...definition.from.map(([recipe]) => recipe)]);
  await requireDisk(name, folders);
  const spent = spending();
  const digest = await push(path.join(control!, "crane"), net, assembled(name, tag, definition, folders));
  await list(name, digest);
  logBuild({ name: `image ${name}`, ...spent() });
  return digest;
}

function assembled(name: string, tag: string, { from, source, ...image }: Definition, folders: readonly string[]): LabImage {
  const layers = from.map(
    ([, place], index): Layer => (typeof place === "string" ? { folder: folders[index]!, at: place } : place(folders[index]!)),
  );
  if (source) layers.push({ folder: path.join(repoRoot, source.folder), at: source.at, without: ["__pycache__"] });
  return { ...image, name, tag, layers };
}

/** The image by what it is made of, which is built where it is missing: for another registry than the lab's. */
export async function imageOf(name: OnDemand): Promise<LabImage> {
  const definition: Definition = definitions[name];
  return assembled(name, tagOf(definition), definition, await build(definition.from.map(([recipe]) => recipe)));
}

/** Adds an image to the list of the lab's images; others may be added at the same time. */
const list = (name: string, digest: string): Promise<void> =>
  locked(
    path.join(cache, `${labName}-images.lock`),
    () => undefined,
    async () => writeWhole(files.images, `${JSON.stringify({ ...digests(), [name]: digest }, null, 2)}\n`),
  );

const digests = (): Record<string, string> => JSON.parse(readFileSync(files.images, "utf8"));

/** Says what the image is made from, and how: anything else gives another tag. */
function tagOf({ from, source }: Definition): string {
  const [main] = from.at(-1)!;
  const how = [__filename, path.join(__dirname, "oci.ts")].map((file) => readFileSync(file));
  const own = source ? sources(path.join(repoRoot, source.folder)).map((file) => readFileSync(file)) : [];
  return `${main.version}-${fingerprint(...from.map(([{ inputs }]) => inputs), ...own, ...how)}`;
}

const sources = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(py|json)$/.test(file))
    .sort()
    .map((file) => path.join(folder, file));

/** The image lies on disk four times while it is pushed and unpacked: written, in the registry, pulled, unpacked. */
async function requireDisk(name: string, folders: string[]): Promise<void> {
  const { stdout } = await execa("du", ["--summarize", "--block-size=1M", "--total", ...folders]);
  const needed = 4 * Number(/^(\d+)\s+total$/m.exec(stdout)![1]);
  const free = freeMib(files.var);
  if (free < needed)
    throw new UserError(
      `${files.var}: ${free} MiB free, the image ${name} needs ${needed} MiB`,
      `free ${needed - free} MiB there, or point XDG_STATE_HOME at a larger disk`,
    );
}
