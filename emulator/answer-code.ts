// Answers with code: the language and the task are looked for in the question; tasks not known get a small program
// that says what was asked.

import type { Conversation } from "./answer.ts";
import { excerpt } from "./answer-prose.ts";

type Task = "reverse" | "fibonacci" | "factorial" | "prime";

interface Language {
  readonly pattern: RegExp;
  readonly name: string;
  /** The fence's info string. */
  readonly fence: string;
  readonly hello: (greeting: string) => string;
  readonly tasks?: Partial<Record<Task, string>>;
}

const JAVASCRIPT_TASKS = {
  reverse: `function reverse(text) {\n  return [...text].reverse().join("");\n}\n\nconsole.log(reverse("latchkey")); // yekhctal`,
  fibonacci: `function* fibonacci() {\n  let [a, b] = [0, 1];\n  for (;;) {\n    yield a;\n    [a, b] = [b, a + b];\n  }\n}\n\nconsole.log(fibonacci().take(10).toArray());`,
  factorial: `function factorial(n) {\n  return n < 2 ? 1n : BigInt(n) * factorial(n - 1);\n}\n\nconsole.log(factorial(20)); // 2432902008176640000n`,
  prime: `function isPrime(n) {\n  if (n < 2) return false;\n  for (let d = 2; d * d <= n; d++) {\n    if (n % d === 0) return false;\n  }\n  return true;\n}\n\nconsole.log([2, 9, 97].map(isPrime)); // [true, false, true]`,
};

const TYPESCRIPT_TASKS = {
  reverse: JAVASCRIPT_TASKS.reverse.replace("(text)", "(text: string): string"),
  fibonacci: JAVASCRIPT_TASKS.fibonacci.replace("fibonacci() {", "fibonacci(): Generator<number, never> {"),
  factorial: JAVASCRIPT_TASKS.factorial.replace("(n)", "(n: number): bigint"),
  prime: JAVASCRIPT_TASKS.prime.replace("(n)", "(n: number): boolean"),
};

const TYPESCRIPT: Language = {
  pattern: /\b(?:typescript|ts)\b/i,
  name: "TypeScript",
  fence: "ts",
  hello: (greeting) => `const greeting: string = ${greeting};\nconsole.log(greeting);`,
  tasks: TYPESCRIPT_TASKS,
};

const LANGUAGES: readonly Language[] = [
  {
    pattern: /\b(?:python|py)\b/i,
    name: "Python",
    fence: "python",
    hello: (greeting) =>
      `def main() -> None:\n    print(${greeting})\n\n\nif __name__ == "__main__":\n    main()`,
    tasks: {
      reverse: `def reverse(text: str) -> str:\n    return text[::-1]\n\n\nprint(reverse("latchkey"))  # yekhctal`,
      fibonacci: `from itertools import islice\n\n\ndef fibonacci():\n    a, b = 0, 1\n    while True:\n        yield a\n        a, b = b, a + b\n\n\nprint(list(islice(fibonacci(), 10)))`,
      factorial: `def factorial(n: int) -> int:\n    return 1 if n < 2 else n * factorial(n - 1)\n\n\nprint(factorial(20))  # 2432902008176640000`,
      prime: `def is_prime(n: int) -> bool:\n    if n < 2:\n        return False\n    return all(n % d for d in range(2, int(n**0.5) + 1))\n\n\nprint([is_prime(n) for n in (2, 9, 97)])  # [True, False, True]`,
    },
  },
  TYPESCRIPT,
  {
    pattern: /\b(?:javascript|js|node|deno|bun)\b/i,
    name: "JavaScript",
    fence: "js",
    hello: (greeting) => `console.log(${greeting});`,
    tasks: JAVASCRIPT_TASKS,
  },
  {
    pattern: /\b(?:golang|go)\b(?= |$|[.?!,])/i,
    name: "Go",
    fence: "go",
    hello: (greeting) => `package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println(${greeting})\n}`,
  },
  {
    pattern: /\brust\b/i,
    name: "Rust",
    fence: "rust",
    hello: (greeting) => `fn main() {\n    println!(${greeting});\n}`,
  },
  {
    pattern: /c#|\bcsharp\b|\.net\b/i,
    name: "C#",
    fence: "csharp",
    hello: (greeting) => `using System;\n\nConsole.WriteLine(${greeting});`,
  },
  {
    pattern: /\bc\+\+|\bcpp\b/i,
    name: "C++",
    fence: "cpp",
    hello: (greeting) => `#include <iostream>\n\nint main() {\n  std::cout << ${greeting} << '\\n';\n}`,
  },
  {
    pattern: /\bjava\b/i,
    name: "Java",
    fence: "java",
    hello: (greeting) =>
      `public class Main {\n  public static void main(String[] args) {\n    System.out.println(${greeting});\n  }\n}`,
  },
  {
    pattern: /\bkotlin\b/i,
    name: "Kotlin",
    fence: "kotlin",
    hello: (greeting) => `fun main() {\n    println(${greeting})\n}`,
  },
  { pattern: /\bswift\b/i, name: "Swift", fence: "swift", hello: (greeting) => `print(${greeting})` },
  { pattern: /\bruby\b/i, name: "Ruby", fence: "ruby", hello: (greeting) => `puts ${greeting}` },
  {
    pattern: /\bphp\b/i,
    name: "PHP",
    fence: "php",
    hello: (greeting) => `<?php\n\necho ${greeting}, PHP_EOL;`,
  },
  {
    pattern: /\b(?:bash|shell|sh|terminal|command line)\b/i,
    name: "Bash",
    fence: "bash",
    hello: (greeting) => `#!/usr/bin/env bash\nset -euo pipefail\n\nprintf '%s\\n' ${greeting}`,
  },
  {
    pattern: /\bsql\b/i,
    name: "SQL",
    fence: "sql",
    hello: (greeting) => `SELECT ${greeting.replaceAll("'", "''").replace(/^"|"$/g, "'")} AS greeting;`,
  },
  {
    pattern: /\bhtml\b/i,
    name: "HTML",
    fence: "html",
    hello: (greeting) =>
      `<!doctype html>\n<title>Hello</title>\n<p>${greeting.slice(1, -1).replaceAll("<", "&lt;")}</p>`,
  },
  {
    pattern: /\bcss\b/i,
    name: "CSS",
    fence: "css",
    hello: (greeting) => `body::before {\n  content: ${greeting};\n}`,
  },
];

const TASK_NAMES: Readonly<Record<Task, string>> = {
  reverse: "a function that reverses a string",
  fibonacci: "the Fibonacci sequence",
  factorial: "the factorial",
  prime: "a primality test",
};

const TASKS: readonly (readonly [Task, RegExp])[] = [
  ["reverse", /\brevers/i],
  ["fibonacci", /\bfibonacci\b/i],
  ["factorial", /\bfactorial\b/i],
  ["prime", /\bprimes?\b/i],
];

const CODE_WORDS =
  /\b(?:code|function|program|script|snippet|implement|method|algorithm|one-liner|hello world)\b/i;

export function wantsCode(text: string): boolean {
  if (CODE_WORDS.test(text)) return true;
  // A language alone may be a topic; with a verb it is a request.
  return (
    /\b(?:write|in|using|with)\b/i.test(text) &&
    LANGUAGES.some(({ pattern, name }) => name !== "Go" && pattern.test(text))
  );
}

const CLASSIC = "It runs as it is, without any dependency.";
const UNKNOWN =
  "It only repeats your request: I'm the emulator and know a few classic tasks (hello world in any language; reverse a string, Fibonacci, factorial and primes in Python, TypeScript and JavaScript).";

export function codeAnswer({ text }: Conversation): string {
  const language = LANGUAGES.find(({ pattern }) => pattern.test(text)) ?? TYPESCRIPT;
  const task = TASKS.find(([, pattern]) => pattern.test(text))?.[0];
  const known = task === undefined ? undefined : language.tasks?.[task];
  const helloWorld = /\bhello,? world\b/i.test(text);
  // Only letters, digits and plain punctuation: the request becomes a string literal in sixteen languages.
  const request = excerpt(text.replace(/[^\p{L}\p{N}\s.,?!-]/gu, ""), 60);
  const greeting = JSON.stringify(helloWorld ? "Hello, world!" : `You asked: ${request}`);
  const what = known === undefined ? "a small program" : TASK_NAMES[task as keyof typeof TASK_NAMES];
  return `Here is ${what} in ${language.name}:

\`\`\`${language.fence}
${known ?? language.hello(greeting)}
\`\`\`

${known !== undefined || helloWorld ? CLASSIC : UNKNOWN}`;
}
