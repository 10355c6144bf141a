import { command, UserError } from "../../tools/lib/fault";
import { docker, down, isUp, up } from "./engine";
import { provide } from "./images";
import { dockerHost, files } from "./layout";

const commands: Record<string, () => Promise<void>> = {
  up: async () => {
    await up();
    const images = await provide(["ollama", "python", "envoy"]);
    console.log(`DOCKER_HOST=${dockerHost}\nimages: ${images}`);
  },
  status: async () => {
    if (!(await isUp())) return console.log("Docker engine: down");
    console.log(`Docker engine: up\n\n${(await docker(["ps", "--all"])).stdout}\n\nlogs: ${files.logs}`);
  },
  down,
};

command(async () => {
  const run = commands[process.argv[2] ?? ""];
  if (!run) throw new UserError(`lab: unknown command "${process.argv[2] ?? ""}"`, `use one of ${Object.keys(commands).join(", ")}`);
  await run();
});
