import * as pulumi from "@pulumi/pulumi";

/** Every registration since the last `reset()`, in order. */
export const registered: pulumi.runtime.MockResourceArgs[] = [];
export const reset = (): void => void registered.splice(0);

/** Mocks the engine; call once per file, because swapping the monitor strands registrations in flight. */
export async function mockPulumi(): Promise<void> {
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        registered.push(args);
        return { id: `${args.name}-id`, state: { ...args.inputs, spec: { clusterIP: "10.0.0.7", ...args.inputs["spec"] } } };
      },
      call: ({ token }) => {
        throw new Error(`unmocked invoke: ${token}`);
      },
    },
    "slm",
    "test",
  );
}

/** Settles an output. */
export const settled = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => void output.apply((value) => void resolve(value as T)));

/** The single registration of `type`; fails when there are none or several. */
export function only(type: string): pulumi.runtime.MockResourceArgs {
  const found = registered.filter((r) => r.type === type);
  if (found.length !== 1) throw new Error(`expected one ${type}, found ${found.length}`);
  return found[0]!;
}
