"use strict";
// The page itself: reads the form, shows the result as text (never as markup). Nothing leaves the page.

function node(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const told = (text, name = "p") => [node(name, { lang: "ja" }, text.ja), node(name, { lang: "en" }, text.en)];
const heading = (level, text) => node(level, {}, node("span", { lang: "ja" }, text.ja), " ", node("span", { lang: "en" }, text.en));

/** `text` with every control or invisible character as \uXXXX. */
function printable(text) {
  return [...text]
    .map((c) => (/[\p{C}\p{Zl}\p{Zp}]/u.test(c) ? `\\u{${c.codePointAt(0).toString(16)}}` : c))
    .join("");
}

function itemNode(law, order, shown) {
  const item = order.items[shown.item - 1];
  const headings = shown.fields.map((number) => {
    const text = order.headings[number - 1];
    return node("p", {}, `[${number}] `, node("span", { lang: "ja" }, `${text.ja}（見出しは参考で公式のものではない）`), " ",
      node("span", { lang: "en" }, `${text.en} (unofficial heading)`));
  });
  const codes = item.all_of.map((group) => (group.length > 1 ? `(${group.join(" or ")})` : group[0])).join(" AND ");
  return node("div", { class: "item" },
    heading("h3", { ja: `施行令12条1項${shown.item}号`, en: `Order 12(1) item ${shown.item}` }),
    node("p", { lang: "ja" }, `「${item.text}」`),
    node("p", { lang: "en" }, node("code", {}, codes)),
    node("p", {}, node("code", {}, shown.matched.map((group) => group.join(", ")).join(" + "))),
    ...headings, ...(shown.reason ? told(shown.reason) : []));
}

function group(title, children) {
  return children.length ? [heading("h2", title), ...children] : [];
}

/** As `group`, folded: what nearly matched can be long. */
function folded(title, children) {
  const summary = node("summary", {}, node("span", { lang: "ja" }, title.ja), " ", node("span", { lang: "en" }, title.en));
  return children.length ? [node("details", {}, summary, ...children)] : [];
}

function listNode(rows) {
  const lines = rows.map(({ name, why }) => node("li", {}, node("code", {}, printable(name)), ...told(why, "div")));
  return rows.length ? [node("ul", {}, ...lines)] : [];
}

function questionNodes(questions) {
  const asking = new Map();
  for (const { item, text } of questions) {
    const key = JSON.stringify(text);
    asking.set(key, [...(asking.get(key) || []), item]);
  }
  return [...asking].flatMap(([key, items]) => {
    const text = JSON.parse(key);
    return told({ ja: `${ja(items)}: ${text.ja}`, en: `${en(items)}: ${text.en}` });
  });
}

function show(law, result, place) {
  const order = law.orders.find((o) => o.name === result.order);
  const outcome = law.texts.outcomes[result.outcome];
  const named = (rows, key) => rows.map((row) => ({ name: row[key], why: row.why }));
  const version = order
    ? told({ ja: `基準日 ${result.on}、${order.name}からの版（${order.amended_by.ja}）`,
        en: `as of ${result.on}, in force from ${order.name} (${order.amended_by.en})` })
    : [];
  const symbols = result.symbols.map((s) => ({
    name: s.symbol,
    why: s.source_scheme === "ipc" ? { ja: "", en: "" } : { ja: `${s.source_scheme.toUpperCase()} ${s.source_symbol}`, en: "" },
  }));
  place.replaceChildren(
    node("div", { class: "outcome", "data-outcome": result.outcome }, heading("h2", outcome), ...told(result.why), ...version),
    ...group({ ja: "当たる号", en: "Items matched" }, result.items.map((i) => itemNode(law, order, i))),
    ...group({ ja: "答えるべき問い", en: "To be answered" }, questionNodes(result.questions)),
    ...group({ ja: "答えにより除かれた号", en: "Excluded by the answers" }, result.excluded.map((i) => itemNode(law, order, i))),
    ...folded({ ja: `近い記号（${result.near.length}）`, en: `Near (${result.near.length})` }, listNode(named(result.near, "symbol"))),
    ...group({ ja: "注記", en: "Remarks" }, listNode(named(result.unknown, "symbol"))),
    ...group({ ja: "読めない記号", en: "Unreadable" }, listNode(named(result.unreadable, "text"))),
    ...group({ ja: "照合した記号", en: "Symbols compared" }, listNode(symbols)),
    ...told(law.texts.no_decision),
  );
}

function start() {
  const law = JSON.parse(document.getElementById("law").textContent);
  const screen = makeScreen(law);
  const value = (id) => document.getElementById(id).value;
  document.getElementById("on").value = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo" }).format(new Date());
  document.getElementById("files").append(
    ...Object.entries(law.sha256).map(([name, hash]) => node("li", {}, node("code", {}, `${name} ${hash}`))),
  );
  document.getElementById("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const given = ["additional", "content"].map((kind) => [kind, value(kind)]).filter(([, answer]) => answer);
    const symbols = value("symbols").split(/\r\n|\r|\n/).flatMap(spelled);
    const place = document.getElementById("result");
    show(law, screen(symbols, value("on"), Object.fromEntries(given), value("also-on") || null), place);
    place.focus();
  });
  for (const button of document.querySelectorAll("[data-tongue]")) {
    button.addEventListener("click", () => {
      document.body.dataset.tongue = button.dataset.tongue;
      for (const other of document.querySelectorAll("button[data-tongue]")) {
        other.setAttribute("aria-pressed", String(other === button));
      }
    });
  }
}

if (typeof document !== "undefined") start();
