import execa from "execa";

import { pinnedImage } from "../lib/limits";
import { command, UserError } from "./lib/fault";

/** Flags of cosign: a signature is made for a registry of one's own, so nothing is sent to the public transparency log. */
const flags = ["--yes", "--tlog-upload=false"];

/** `IMAGE=name@sha256:… KEY=cosign.key`: signs an image by its digest with cosign, and keeps the signature beside it. */
command(async () => {
  const { IMAGE: image = "", KEY: key = "", ARGS: extraFlags = "" } = process.env;
  if (!pinnedImage.safeParse(image).success)
    throw new UserError(
      `IMAGE: must be name@sha256:<64 hex>, got "${image}"`,
      "sign what its digest names: a tag may move after it is signed",
    );
  if (!key)
    throw new UserError(
      'KEY: must be a private key of cosign or a key store, got ""',
      "cosign generate-key-pair, or KEY=azurekms://VAULT/KEY",
    );
  const { failed, exitCode } = await execa("cosign", ["sign", ...flags, "--key", key, ...extraFlags.split(" ").filter(Boolean), image], {
    stdio: "inherit",
    reject: false,
  });
  if (!failed) return;
  if (exitCode === undefined) throw new UserError("cosign: not found on PATH", "install cosign 2");
  throw new UserError(`cosign ended with code ${exitCode}`, "correct what it says above; the image is not signed");
});
