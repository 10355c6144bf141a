import { build } from "../../tools/build/recipe";
import { pulumi } from "../../tools/build/recipes";
import { command } from "../../tools/lib/fault";

command(async () => void (await build([pulumi])));
