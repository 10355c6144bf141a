import type { CatalogMatch } from "../catalog/catalog";
import type { Model } from "../catalog/schema";

/** Facts of the repository that is named: of another than the catalog's, the size is not the catalog's; of another publisher's, neither licence nor gate. */
export function ownFacts({ model, repository }: CatalogMatch): Model {
  if (repository === undefined) return model;
  const publisher = (name: string): string => name.split("/")[0]!.toLowerCase();
  const same = publisher(repository) === publisher(model.huggingFace);
  const unquantized = /[-.](bf16|unquantized)([-.]|$)/i.test(repository);
  return {
    ...model,
    huggingFace: repository,
    publishedWeightsGib: null,
    ...(unquantized ? { checkpointQuantization: null } : {}),
    ...(same ? {} : { licence: null, gated: null }),
  };
}
