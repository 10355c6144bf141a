import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { afterEach, beforeEach, expect, it } from "vitest";

import { type LabImage, writeLayout } from "../../lab/oci";

let work: string;
let folder: string;
beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), "slm-oci-"));
  folder = path.join(work, "folder");
  mkdirSync(path.join(folder, "data"), { recursive: true });
  writeFileSync(path.join(folder, "data/weights"), "bytes", { mode: 0o600 });
  writeFileSync(path.join(folder, "run"), "#!/bin/sh\n", { mode: 0o755 });
  symlinkSync("./data/weights", path.join(folder, "link"));
});
afterEach(() => rmSync(work, { recursive: true }));

const image = (at: string): LabImage => ({ name: "n", tag: "1", layers: [{ folder, at }], entrypoint: ["/run"], environment: { A: "b" } });
let count = 0;

/** Writes the layout and reads it back: the image's digest, manifest, configuration, and what its first layer lists. */
async function written(wanted: LabImage) {
  const layout = path.join(work, `layout-${count++}`);
  const digest = await writeLayout(wanted, layout);
  const blob = (of: string) => path.join(layout, "blobs", of.replace(":", "/"));
  const json = (of: string) => JSON.parse(readFileSync(blob(of), "utf8"));
  const [listed] = JSON.parse(readFileSync(path.join(layout, "index.json"), "utf8")).manifests;
  const manifest = json(listed.digest);
  const { stdout } = await execa("tar", ["--list", "--verbose", "--numeric-owner", "--file", blob(manifest.layers[0].digest)], {
    env: { TZ: "UTC" },
  });
  return { digest, listed, manifest, config: json(manifest.config.digest), files: stdout.split("\n"), blob };
}

it("writes an image whose layers are plain tars, named by the sha256 of their bytes", async () => {
  const { digest, listed, manifest, config, blob } = await written(image("/"));
  expect(listed.digest).toBe(digest);
  for (const { digest: named, size } of [manifest.config, ...manifest.layers]) {
    const bytes = readFileSync(blob(named));
    expect([named, size]).toEqual([`sha256:${createHash("sha256").update(bytes).digest("hex")}`, bytes.length]);
  }
  expect(manifest.layers[0].mediaType).toBe("application/vnd.oci.image.layer.v1.tar");
  expect(config).toMatchObject({
    config: { User: "65532:65532", Env: ["PATH=/bin", "A=b"], Entrypoint: ["/run"] },
    rootfs: { type: "layers", diff_ids: [manifest.layers[0].digest] },
  });
});

it("places a folder where it is wanted, for any user to read, without what stays out, and leaves links as they are", async () => {
  mkdirSync(path.join(folder, "data/__pycache__"));
  const { files } = await written({ ...image("/"), layers: [{ folder, at: "/opt/model", without: ["__pycache__"] }] });
  const lines = files.map((line) => line.replace(/ +\d+ 1970-01-01 00:00/, ""));
  expect(lines).toEqual([
    "drwxr-xr-x 0/0 ./opt/model/",
    "drwxr-xr-x 0/0 ./opt/model/data/",
    "-rw-r--r-- 0/0 ./opt/model/data/weights",
    expect.stringMatching(/^lrwx\S+ 0\/0 \.\/opt\/model\/link -> \.\/data\/weights$/),
    "-rwxr-xr-x 0/0 ./opt/model/run",
  ]);
});

it("gives the same digest for the same files whatever their times are, and another one for another byte or mode", async () => {
  const { digest } = await written(image("/"));
  utimesSync(path.join(folder, "data/weights"), 1, 1);
  expect((await written(image("/"))).digest).toBe(digest);
  chmodSync(path.join(folder, "data/weights"), 0o755);
  const executable = (await written(image("/"))).digest;
  writeFileSync(path.join(folder, "data/weights"), "other");
  const changed = (await written(image("/"))).digest;
  expect(new Set([digest, executable, changed]).size).toBe(3);
});

it("fails when a folder cannot be read, and leaves no image that lacks it", async () => {
  await expect(written({ ...image("/"), layers: [{ folder: path.join(work, "missing"), at: "/" }] })).rejects.toThrow(
    /^tar of \S+missing ended with code 2: tar: \S+missing: Cannot open: No such file or directory/,
  );
});
