/** The programs that are bundled. Each prints what comes, so that no bundler may leave it out. */
export const PROGRAMS = {
  chat: "One streamed chat",
  embeddings: "Embeddings",
  agents: "A streamed run of an agent",
  everything: "All three in one program",
} as const;

export type ProgramName = keyof typeof PROGRAMS;

export interface SizeCandidate {
  readonly name: string;
  readonly packages?: readonly string[];
  /** The text of each program; what a library has no call for is left out. `everything` is made of the others. */
  readonly programs: Partial<Record<Exclude<ProgramName, "everything">, string>>;
}

/** Programs are modules: what several import is imported once, and their names don't meet. */
export function sourceOf({ programs }: SizeCandidate, name: ProgramName): string | undefined {
  if (name !== "everything") return programs[name];
  const { chat, embeddings, agents } = programs;
  if (chat === undefined || embeddings === undefined || agents === undefined) return undefined;
  return [chat, embeddings, agents].map(inFunction).join("\n");
}

/** The imports stay outside, each under a name of its own. */
function inFunction(code: string, index: number): string {
  const imports: string[] = [];
  const rest = code.replaceAll(/^import .*;$/gm, (line) => {
    const [, names = "", from = ""] = /^import (.*) from (.*);$/.exec(line) ?? [];
    const list = names.startsWith("{")
      ? names
          .slice(1, -1)
          .split(",")
          .map((one) => one.trim())
      : [`default as ${names}`];
    const renamed = list.map((one) => {
      const [outer, inner = outer] = one.split(" as ");
      return { outer, inner };
    });
    imports.push(
      `import { ${renamed.map(({ outer, inner }) => `${outer} as ${inner}_${index}`).join(", ")} } from ${from};`,
    );
    return renamed.map(({ inner }) => `const ${inner} = ${inner}_${index};`).join("\n");
  });
  return `${imports.join("\n")}\nasync function part${index}() {\n${rest}\n}\nawait part${index}();`;
}
