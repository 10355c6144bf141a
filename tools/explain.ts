import { command, UserError } from "./lib/fault";
import { explained, settingsNamed } from "./settings/explain";
import { allSettings } from "./settings/settings";

/** `KEY=models.chat.contextTokens`: prints what a setting means; JSON=1 for machines. Exit code 2 when there is no such setting. */
command(async () => {
  const all = allSettings();
  const key = process.env["KEY"] ?? "";
  if (!key)
    throw new UserError(
      'KEY: must be a setting of an environment, got ""',
      `such as KEY=models.chat.contextTokens, or a section: ${sections(all)}`,
    );
  const found = settingsNamed(key, all);
  console.log(process.env["JSON"] ? JSON.stringify(found, null, 2) : found.map((setting) => explained(setting, all)).join("\n\n"));
});

const sections = (all: readonly { path: string }[]): string =>
  all
    .filter(({ path }) => !path.includes("."))
    .map(({ path }) => path)
    .join(", ");
