import { describe, expect, it, vi } from "vitest";

import { fromRoot } from "../../../stacks/environment";
import { Failure } from "../../../tools/lib/fault";
import type { Stack } from "../../../tools/lib/stack";
import { withEndpoint } from "../../../tools/lib/with-endpoint";
import { environmentFile } from "../../support/environments";
import { aloneOnPath } from "../../support/executables";

vi.setConfig({ testTimeout: 60_000 });

const bin = aloneOnPath("kubectl");

const outputs = {
  endpoints: {},
  addresses: { chat: "http://10.0.0.7/v1", other: "http://10.0.0.8/v1" },
  verification: {},
  namespaceName: "models",
};
const stack = (inLab: boolean, kubernetes: object = {}) =>
  ({ inLab, environment: environmentFile("mine", { kubernetes }) }) as unknown as Stack;
const url = async (reachable: string): Promise<string> => reachable;

describe("a model is reached", () => {
  it("in the lab by its address", async () => {
    expect(await withEndpoint(stack(true), outputs, "chat", url)).toBe("http://10.0.0.7/v1");
    expect(bin.commands()).toEqual([]);
  });

  it("elsewhere through a port-forward that ends when it is no longer used", async () => {
    bin.add(
      "kubectl",
      'echo "not Forwarding from 127.0.0.1:9"; echo "Forwarding from 127.0.0.1:40123 -> 8000"; echo $$ > "$0.pid"; exec /usr/bin/sleep 60',
    );
    const used = await withEndpoint(stack(false, { kubeconfig: "cluster/config", context: "mine" }), outputs, "chat", async (reachable) => {
      const { readFileSync } = await import("node:fs");
      return { reachable, pid: Number(await vi.waitFor(() => readFileSync(`${bin.folder}/kubectl.pid`, "utf8"))) };
    });
    expect(used.reachable).toBe("http://127.0.0.1:40123/v1");
    expect(bin.commands()).toEqual([
      `kubectl --kubeconfig ${fromRoot("cluster/config")} --context mine --namespace models port-forward service/chat --address=127.0.0.1 :http`,
    ]);
    await vi.waitFor(() => expect(() => process.kill(used.pid, 0)).toThrow("ESRCH"), 10_000);
  });

  it("in the cluster that the stack made by its own credentials, whatever the current context is, and leaves none behind", async () => {
    bin.add("kubectl", 'echo "Forwarding from 127.0.0.1:1 -> 8000"; /bin/cat "$2" > "$0.seen"; exec /usr/bin/sleep 60');
    const own = { ...stack(false, { context: "mine" }), kubeconfig: async () => "users: [ours]" } as unknown as Stack;
    const { existsSync, readFileSync } = await import("node:fs");
    await withEndpoint(own, { ...outputs, kubeconfig: "[secret]" }, "chat", async (reachable) => {
      await vi.waitFor(() => expect(readFileSync(`${bin.folder}/kubectl.seen`, "utf8")).toBe("users: [ours]"));
      return reachable;
    });
    const [command] = bin.commands();
    const [, file] = /^kubectl --kubeconfig (\S+) --namespace models port-forward/.exec(command!)!;
    expect(existsSync(file!)).toBe(false);
  });

  it("in the current cluster where the environment names none", async () => {
    bin.add("kubectl", 'echo "Forwarding from 127.0.0.1:1 -> 8000"; exec /usr/bin/sleep 60');
    await withEndpoint(stack(false), outputs, "other", url);
    expect(bin.commands()).toEqual(["kubectl --namespace models port-forward service/other --address=127.0.0.1 :http"]);
  });

  it("by nothing where the port-forward ends, or is not there", async () => {
    bin.add("kubectl", "exit 4");
    await expect(withEndpoint(stack(false), outputs, "chat", url)).rejects.toThrow(new Failure("kubectl port-forward ended with code 4"));
    bin.remove("kubectl");
    await expect(withEndpoint(stack(false), outputs, "chat", url)).rejects.toThrow(
      "kubectl: not found on PATH; the model is asked through its port-forward\n  fix: install kubectl",
    );
  });
});
