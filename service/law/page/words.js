"use strict";
// The sentences of a result that depend on its symbols: as service/law/screening_texts.py makes them. Pure.

const ja = (numbers) => numbers.map((n) => `第${n}号`).join("、");
const en = (numbers) => (numbers.length === 1 ? "item " : "items ") + numbers.join(", ");
const unreadEn = (count) => `${count} ${count === 1 ? "symbol" : "symbols"} could not be read`;
const both = (one, other) => ({ ja: one.ja + other.ja, en: one.en + other.en });

function listed(codes, comma, last) {
  if (codes.length > 4) return `${codes[0]} … ${codes[codes.length - 1]} (${codes.length})`;
  if (codes.length === 1) return codes[0];
  return codes.slice(0, -1).join(comma) + last + codes[codes.length - 1];
}

function halfOf(item, place) {
  const rest = item.all_of.filter((_, n) => n !== place);
  const told = rest.map((codes) => `${listed(codes, "、", "又は")}に当たる記号がない。`);
  return {
    ja: `第${item.item}号の一方に当たる。${told.join("")}`,
    en: `One half of item ${item.item}. ${rest.map((codes) => `No symbol of ${listed(codes, ", ", " or ")}.`).join(" ")}`,
  };
}

function reason(m) {
  const content = m.item.content || { ja: "", en: "" };
  const told = {
    content: [
      `${content.ja}ではないとの答え`,
      `it is answered that the invention is not one ${content.en}`,
    ],
    additional: ["付加要件に当たらないとの答え", "it is answered that no requirement of Order 12(3) holds"],
  };
  return {
    ja: `${m.refused.map((kind) => told[kind][0]).join("、")}による。`,
    en: `${m.refused.map((kind) => told[kind][1]).join("; ")}.`,
  };
}

function question(order, m, kind) {
  if (kind === "additional") return order.question_additional;
  return {
    ja: `その発明は、${m.item.content.ja}か（施行令12条1項${m.item.item}号）。`,
    en: `Is the invention one ${m.item.content.en} (Order 12(1) item ${m.item.item})?`,
  };
}

function hitWhy(items) {
  const certain = items.filter((m) => !m.lacking.length);
  const free = certain.some((m) => !m.asked.includes("additional"));
  const settled = items.filter((m) => free && m.lacking.includes("additional"));
  const open = items.filter((m) => m.lacking.length && !settled.includes(m));
  const [c, s, o] = [certain, settled, open].map((ms) => ms.map((m) => m.item.item));
  const why = { ja: `${ja(c)}に該当する（施行令12条1項）。`, en: `It falls under ${en(c)} (Order 12(1)).` };
  if (s.length) {
    why.ja += `${ja(s)}にも当たるが、付加要件のない号に該当する部分には付加要件を要しない（同条2項）。`;
    why.en += ` It also matches ${en(s)}; what falls under an item without requirement needs none (12(2)).`;
  }
  if (o.length) {
    why.ja += `${ja(o)}については、なお答えがない。`;
    why.en += ` For ${en(o)} an answer is still lacking.`;
  }
  return why;
}
