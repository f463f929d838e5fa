// Bytes to text, strictly: QuickJS has no TextDecoder.

/** The length of a sequence by its first byte; 0: no such sequence. */
function length(first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/** One character at a place: its code point. */
function point(bytes, at, n) {
  if (n === 1) return bytes[at];
  let code = bytes[at] & (0x7f >> n);
  for (let i = 1; i < n; i += 1) {
    const next = bytes[at + i];
    if ((next & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (next & 0x3f);
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][n];
  const wrong = code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000);
  return wrong ? -1 : code;
}

/** The text of UTF-8 bytes; throws an Error where they are none. */
export function decode(bytes) {
  const parts = [];
  let units = [];
  for (let at = 0; at < bytes.length; ) {
    const n = length(bytes[at]);
    const code = n === 0 || at + n > bytes.length ? -1 : point(bytes, at, n);
    if (code < 0) throw new Error(`第 ${at} 个字节起不是 UTF-8`);
    if (code < 0x10000) units.push(code);
    else units.push(0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
    if (units.length > 4000) {
      parts.push(String.fromCharCode(...units));
      units = [];
    }
    at += n;
  }
  parts.push(String.fromCharCode(...units));
  return parts.join("");
}

/** The bytes of a text of ASCII letters and digits. */
export function ascii(text) {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
