// The network that an address belongs to: what strangers are counted by. A household or a phone has a whole IPv6 /64,
// so that is one; an IPv4 address is one, because behind a /24 are 256 people who should not pay for one of them.
// Whoever has more addresses than that meets the cap of all together. Pure.

export interface Prefixes {
  /** Bits of an IPv4 address that count, 16 to 32. */
  readonly ipv4: number;
  /** Bits of an IPv6 address that count, 32 to 64. */
  readonly ipv6: number;
}

/** `203.0.113.7/32` or `2001:db8:0:0/64`; undefined for what is no address. An IPv4 address written as IPv6 is that IPv4 address. */
export function networkOf(address: string, prefixes: Prefixes): string | undefined {
  const bare = address.split("%", 1)[0]!;
  const four = ipv4Bytes(bare);
  if (four !== undefined) return ipv4Network(four, prefixes.ipv4);
  const groups = ipv6Groups(bare);
  if (groups === undefined) return undefined;
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return ipv4Network(
      groups.slice(6).flatMap((group) => [group >> 8, group & 255]),
      prefixes.ipv4,
    );
  }
  const kept = groups.slice(0, 4).map((group, index) => group & mask(prefixes.ipv6 - 16 * index, 16));
  return `${kept.map((group) => group.toString(16)).join(":")}/${prefixes.ipv6}`;
}

/** The first `bits` of `width` bits set. */
function mask(bits: number, width: number): number {
  const kept = Math.min(width, Math.max(0, bits));
  return (2 ** kept - 1) * 2 ** (width - kept);
}

function ipv4Network(bytes: readonly number[], bits: number): string {
  return `${bytes.map((byte, index) => byte & mask(bits - 8 * index, 8)).join(".")}/${bits}`;
}

function ipv4Bytes(text: string): number[] | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function ipv6Groups(text: string): number[] | undefined {
  if (!/^[0-9a-f:.]{2,45}$/i.test(text) || !URL.canParse(`http://[${text}]`)) return undefined;
  // The parser has checked it and written every form in the same way.
  const [left = "", right] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::");
  const numbers = (half: string) =>
    half
      .split(":")
      .filter((group) => group !== "")
      .map((group) => Number.parseInt(group, 16));
  const head = numbers(left);
  const tail = numbers(right ?? "");
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
