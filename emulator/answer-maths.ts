// Sums: "what is 12 * (3 + 4)?" is worked out, not guessed. Plain arithmetic with the usual precedence, nothing else.

const QUESTION =
  /(?:what(?:'s| is)|calculate|compute|how much is|solve|^)\s*:?\s*([-(\d][\d\s.,+\-*/x×÷^()%]*)\s*(?:=\s*)?\??\s*$/i;

export function arithmetic(text: string): string | undefined {
  const expression = QUESTION.exec(text.slice(-200))?.[1]?.trim();
  if (expression === undefined || !/\d\s*[-+*/x×÷^%]\s*[-(\d]/.test(expression)) return undefined;
  const tokens = expression
    .replaceAll("×", "*")
    .replaceAll("x", "*")
    .replaceAll("÷", "/")
    .replace(/(\d),(?=\d{3}\b)/g, "$1")
    .match(/\d+(?:\.\d+)?|[-+*/^()%]/g);
  if (tokens === null) return undefined;
  const value = new Sum(tokens).value();
  if (value === undefined) return undefined;
  if (!Number.isFinite(value))
    return `**${expression}** has no finite value: somewhere in it is a division by zero.`;
  const rounded = Number(value.toPrecision(12));
  return `**${expression} = ${rounded}**\n\nPowers first, then multiplication and division from left to right, then addition and subtraction.`;
}

const MAX_DEPTH = 50;

/** Recursive descent over at most 200 characters. */
class Sum {
  private readonly tokens: readonly string[];
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  value(): number | undefined {
    const result = this.terms();
    return this.at === this.tokens.length ? result : undefined;
  }

  private terms(): number | undefined {
    let left = this.factors();
    while (left !== undefined && (this.peek() === "+" || this.peek() === "-")) {
      const minus = this.tokens[this.at++] === "-";
      const right = this.factors();
      left = right === undefined ? undefined : minus ? left - right : left + right;
    }
    return left;
  }

  private factors(): number | undefined {
    let left = this.power();
    while (left !== undefined && ["*", "/", "%"].includes(this.peek() ?? "")) {
      const operator = this.tokens[this.at++];
      const right = this.power();
      if (right === undefined) return undefined;
      left = operator === "*" ? left * right : operator === "/" ? left / right : left % right;
    }
    return left;
  }

  private power(): number | undefined {
    const base = this.atom();
    if (base === undefined || this.peek() !== "^") return base;
    this.at++;
    const exponent = this.power();
    return exponent === undefined ? undefined : base ** exponent;
  }

  private atom(): number | undefined {
    const token = this.tokens[this.at++];
    if (token === undefined || ++this.depth > MAX_DEPTH) return undefined;
    if (token === "-") {
      const value = this.atom();
      return value === undefined ? undefined : -value;
    }
    if (token !== "(") return /^\d/.test(token) ? Number(token) : undefined;
    const inner = this.terms();
    return this.tokens[this.at++] === ")" ? inner : undefined;
  }

  private peek(): string | undefined {
    return this.tokens[this.at];
  }
}
