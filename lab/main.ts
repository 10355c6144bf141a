import { own } from "../lib/own";
import { command, UserError } from "../tools/lib/fault";
import { labImage, type OnDemand, onDemand } from "./images-on-demand";
import { down, up } from "./lab";
import { files } from "./layout";
import { status } from "./status";

const commands: Record<string, () => Promise<void>> = {
  up: async () => {
    await up();
    console.log(`kubeconfig: ${files.kubeconfig}`);
  },
  status,
  image: async () => {
    const name = process.argv[3] as OnDemand;
    if (!onDemand.includes(name)) throw new UserError(`lab: unknown image "${name ?? ""}"`, `use one of ${onDemand.join(", ")}`);
    console.log(await labImage(name));
  },
  down,
};

command(async () => {
  const run = own(commands, process.argv[2] ?? "");
  if (!run) throw new UserError(`lab: unknown command "${process.argv[2] ?? ""}"`, `use one of ${Object.keys(commands).join(", ")}`);
  await run();
});
