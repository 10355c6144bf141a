import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { locked } from "../../tools/build/lock";
import { build } from "../../tools/build/recipe";
import { kubernetes, smollm2Onnx } from "../../tools/build/recipes";
import { cache, fingerprint, labName } from "../../tools/lib/paths";
import { writeWhole } from "../../tools/lib/whole-file";
import { built } from "../built";
import { labImages } from "../images";
import { imageOf } from "../images-on-demand";
import { type LabImage, writeLayout } from "../oci";
import { inside } from "./engine";
import { files, registry } from "./layout";

/** Where the image of the ONNX server carries a model. */
export const bakedOnnx = "/models/smollm2-onnx";

/** What an environment on Docker names, as the lab makes it. The ONNX server carries its model, since Docker mounts no image. */
const makers = {
  ollama: async () => labImages(await built()).ollama,
  python: async () => labImages(await built()).python,
  envoy: () => imageOf("envoy"),
  /** With a shell, as its official image has. */
  prometheus: async () => {
    const [image, { busybox }] = [await imageOf("prometheus"), labImages(await built())];
    return { ...image, layers: [...busybox.layers, ...image.layers] };
  },
  "onnx-server": async () => {
    const [image, [model]] = [await imageOf("onnx-server"), await build([smollm2Onnx])];
    return { ...image, layers: [...image.layers, { folder: model!, at: bakedOnnx }] };
  },
} satisfies Record<string, () => Promise<LabImage>>;

export type DockerImage = keyof typeof makers;

/** Has the engine's registry hold images, and names them in a file as an environment does; those that are there are left. */
export async function provide(names: readonly DockerImage[]): Promise<string> {
  await locked(
    path.join(cache, `${labName}-docker-images.lock`),
    () => undefined,
    async () => {
      for (const name of names) if (!listed()[name]) await add(name, await makers[name]());
    },
  );
  return files.images;
}

const listed = (): Record<string, string> => (existsSync(files.images) ? JSON.parse(readFileSync(files.images, "utf8")) : {});

async function add(name: string, image: LabImage): Promise<void> {
  const digest = await push(image);
  mkdirSync(path.dirname(files.images), { recursive: true });
  writeWhole(files.images, `${JSON.stringify({ ...listed(), [name]: digest }, null, 2)}\n`);
}

/** Pushes an image to the engine's registry; returns its reference by digest. */
export async function push(image: LabImage): Promise<string> {
  const [control] = await build([kubernetes]);
  const layout = mkdtempSync(path.join(files.temporary, "image-"));
  try {
    const digest = await writeLayout(image, layout);
    const name = `${registry}/${image.name}:${fingerprint(digest)}`;
    await execa(...inside([path.join(control!, "crane"), "push", "--insecure", layout, name]));
    return `${name}@${digest}`;
  } finally {
    rmSync(layout, { recursive: true });
  }
}
