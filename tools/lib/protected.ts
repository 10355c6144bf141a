import type { Deployment } from "./adopt";
import { UserError } from "./fault";

/**
 * Refuses to take down a stack of which some is protected. Pulumi finds that out one resource at a time: it would delete what is not protected,
 * such as servers, roles and private endpoints, and end with an error.
 */
export function refuseProtected(environment: string, { resources = [] }: Deployment): void {
  const names = resources.filter(({ protect }) => protect).map(({ urn }) => urn.split("::").at(-1)!);
  if (names.length === 0) return;
  throw new UserError(
    `ENV="${environment}": ${names.join(", ")} must not be protected when it is taken down; nothing was deleted`,
    `set azure.protect to false and run make up ENV=${environment}; where no update goes through, pulumi state unprotect --all --stack ${environment}`,
  );
}
