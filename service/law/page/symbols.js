"use strict";
// Spellings of symbols, a second time: as service/law/symbols.py reads them; tests compare. Pure.

const SCHEMES = ["ipc", "fi", "cpc"];
const TAIL =
  "(?: ?[(\\[] ?[0-9]{4}\\.[0-9]{2} ?[)\\]]" +
  "| [0-9]{8}(?: ?[ACS])?(?: ?[FL])?(?: ?[AIN])?(?: ?[0-9]{8} ?[BRVD]?[HMG]?(?:[A-Z]{2})?)?" +
  "| [ACS] ?[FL]? ?[AIN])?";
const GROUP = "([0-9]{1,4}) ?/ ?([0-9]{2,6})";
const whole = (pattern) => new RegExp(`^(?:${pattern})$`);
const IPC = whole(`([A-H]) ?([0-9]{2}) ?([A-Z]) ?${GROUP}${TAIL}`);
const CPC = whole(`([A-HY]) ?([0-9]{2}) ?([A-Z]) ?${GROUP}${TAIL}`);
const FOURTEEN = whole("([A-H])([0-9]{2})([A-Z])([0-9]{4}(?!/)|0[0-9]{3}(?=/))/?([0-9]{6})");
const EDITION = whole(`[1-8] ?([A-H]) ([0-9]{2})([A-Z]) ${GROUP}(?: [A-Z-])?`);
const FI = whole(
  `([A-H]) ?([0-9]{2}) ?([A-Z]) ?${GROUP}` +
    "(?:[ ,]+([0-9]{3})(?:[ ,@]*([A-Z]))?|[ ,@]+([A-Z]))?(?:[ ,]+([A-Z]{3}))?",
);
const BLANK = /[\t\u00a0\u2000-\u200a\u202f\u205f\u3000]/g;
const EDGES = /^[ \t\u00a0\u3000]+|[ \t\u00a0\u3000]+$/g;

/** The symbols of one line, parted by `;`, `；` or `;;`. */
function spelled(line) {
  const pieces = line.split(/[;；]/).map((piece) => piece.replace(EDGES, ""));
  return pieces.filter(Boolean).map((text) => ({ text, scheme: "ipc" }));
}

/** {symbol, scheme, full}, or {text, why} where the text cannot be read. */
function normalise(text, scheme) {
  const narrow = text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
  let plain = narrow.replace(BLANK, " ").replace(/ +/g, " ").replace(/^ | $/g, "");
  if (!/^[\x20-\x7e]*$/.test(plain)) return { text, why: foreign(plain) };
  plain = plain.toUpperCase();
  const mark = /^(IPC|FI|CPC) ?: ?/.exec(plain);
  if (mark) {
    scheme = SCHEMES.find((s) => s === mark[1].toLowerCase());
    plain = plain.slice(mark[0].length);
  }
  return read(plain, scheme) || { text, why: noForm(scheme) };
}

// Six digits are the field's full width: zeros at their end are padding.
function unpadded(subgroup) {
  return subgroup.length === 6 ? subgroup.slice(0, 2) + subgroup.slice(2).replace(/0+$/, "") : subgroup;
}

function read(plain, scheme) {
  let found;
  if (scheme === "cpc") return (found = CPC.exec(plain)) && symbolOf(found, "cpc", found[5], []);
  if ((found = FOURTEEN.exec(plain) || IPC.exec(plain) || EDITION.exec(plain))) {
    return symbolOf(found, scheme, unpadded(found[5]), []);
  }
  if ((found = FI.exec(plain))) {
    const further = [found[6], found[7], found[8]].map((x) => x || "").join("");
    return symbolOf(found, "fi", found[5], [further, found[9] || ""]);
  }
  return null;
}

function symbolOf(found, scheme, subgroup, further) {
  const symbol = `${found[1]}${found[2]}${found[3]}${found[4].replace(/^0+/, "") || "0"}/${subgroup}`;
  return { symbol, scheme, full: [symbol, ...further].filter(Boolean).join(" ") };
}

function foreign(plain) {
  const strange = [...plain].filter((c) => !/^[\x20-\x7e]$/.test(c));
  const codes = strange.map((c) => `U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
  const marks = [...new Set(codes)].join(", ");
  return {
    ja: `分類記号に使われない文字があります（${marks}）。似た文字に読み替えません。`,
    en: `It has characters that no symbol is written with (${marks}). They are not taken for others that look alike.`,
  };
}

function noForm(scheme) {
  const sections = scheme === "cpc" ? "A-H, Y" : "A-H";
  return {
    ja: `分類記号の形ではありません（セクション ${sections}、数字2桁、英字、グループ1～4桁、/、サブグループ2～6桁）。`,
    en: `Not the form of a symbol (section ${sections}, two digits, letter, group of 1-4 digits, /, subgroup of 2-6).`,
  };
}

const halves = (symbol) => symbol.split("/");

/** Text that sorts symbols in the order of the IPC. */
function position(symbol) {
  const [group, subgroup] = halves(symbol);
  return group.slice(0, 4) + group.slice(4).padStart(4, "0") + subgroup;
}

function byCodePoint(a, b) {
  const [left, right] = [[...a], [...b]];
  for (let n = 0; n < Math.min(left.length, right.length); n += 1) {
    const difference = left[n].codePointAt(0) - right[n].codePointAt(0);
    if (difference) return difference;
  }
  return left.length - right.length;
}
