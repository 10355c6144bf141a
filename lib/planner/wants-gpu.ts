import { vmSizes } from "../accelerators/vm-size";
import type { ModelRequest } from "./types";

/** Whether a request asks for a GPU in so many words: it names one, or a size that has one, or refuses the CPU. */
export const wantsGpu = ({ cpu, gpu, size }: Pick<ModelRequest, "cpu" | "gpu" | "size">): boolean =>
  cpu === false || gpu !== undefined || vmSizes.some((known) => known.name === size && known.gpu !== null);
