import { engineInfo } from "./client";

/** The environments between which a newcomer's first command chooses. */
const [local, lab] = ["local", "lab"];

/** The environment that ENV names; where it names none, the one on Docker where an engine answers, and the lab elsewhere, which is said in one line. */
export async function chosenEnvironment(named = process.env["ENV"]): Promise<string> {
  if (named) return named;
  const answers = (await engineInfo()) !== undefined;
  const [name, why] = answers ? [local, "Docker answers"] : [lab, "Docker does not answer"];
  console.error(`ENV=${name}: ${why}; ENV=${answers ? lab : local} is the other one`);
  return name!;
}
