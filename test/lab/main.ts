import { command, Fault } from "../../tools/lib/fault";
import { down, up } from "./lab";
import { files } from "./layout";
import { status } from "./status";

const commands: Record<string, () => Promise<void>> = {
  up: async () => {
    await up();
    console.log(`kubeconfig: ${files.kubeconfig}`);
  },
  status,
  down,
};

command(async () => {
  const run = commands[process.argv[2] ?? ""];
  if (!run) throw new Fault(`lab: unknown command "${process.argv[2] ?? ""}"`, `use one of ${Object.keys(commands).join(", ")}`);
  await run();
});
