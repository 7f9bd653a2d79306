"use strict";
// Screening, a second time: the same answers as service/law/screening.py, byte for byte; tests compare 10,000 sets.
// Pure: no network, no storage, no clock. `makeScreen(law)` takes the data that selfcheck.py embeds.

function under(symbol, code) {
  if (code.includes("/")) return symbol === code;
  return code.length > 4 ? halves(symbol)[0] === code : symbol.startsWith(code);
}

function makeScreen(law) {
  const groups = new Map();
  for (const line of law.edition.groups.split("\n")) {
    const blank = line.indexOf(" ");
    if (blank > 0) groups.set(line.slice(0, blank), line.slice(blank + 1).split(" "));
  }
  const named = new Set(law.orders.flatMap((o) => o.items.flatMap((i) => i.all_of.flat())));
  const inEdition = (symbol) => {
    const [group, subgroup] = halves(symbol);
    return (groups.get(group) || []).some((s) => s.replace(/^\.+/, "") === subgroup);
  };
  const has = (symbol) => inEdition(symbol) || named.has(symbol);

  /** The symbols above one within its main group, nearest first; null where the edition does not have it. */
  function above(symbol) {
    const [group, wanted] = halves(symbol);
    const path = [];
    for (const dotted of groups.get(group) || []) {
      const subgroup = dotted.replace(/^\.+/, "");
      path.length = dotted.length - subgroup.length;
      if (subgroup === wanted) return path.map((s) => `${group}/${s}`).reverse();
      path.push(subgroup);
    }
    return null;
  }

  function stem({ symbol, scheme }) {
    const [group, subgroup] = halves(symbol);
    if (Number(group.slice(4)) >= 2000 || symbol.startsWith("Y")) return null;
    if (scheme !== "cpc") return symbol;
    for (let n = subgroup.length; n > 1; n -= 1) {
      if (has(`${group}/${subgroup.slice(0, n)}`)) return `${group}/${subgroup.slice(0, n)}`;
    }
    return symbol;
  }

  function standing(found) {
    const symbol = stem(found);
    if (symbol === null) {
      const indexing = Number(halves(found.symbol)[0].slice(4)) >= 2000;
      return {
        place: position(found.symbol),
        remark: { symbol: found.symbol, why: indexing ? law.texts.indexing : law.texts.no_ipc },
      };
    }
    const name = law.edition.name.replace(/\.txt\.gz$/, "");
    const unknown = {
      ja: `手元の版（${name}）にも施行令にもない記号である。ほかの記号と同じく照合した。`,
      en: `Neither the known edition (${name}) nor the Order has this symbol. It was compared like any other.`,
    };
    return {
      symbol,
      place: `${position(symbol)} ${found.scheme} ${found.full}`,
      entry: { symbol, source_scheme: found.scheme, source_symbol: found.full },
      remark: has(symbol) ? null : { symbol, why: unknown },
    };
  }

  function belowOf(item, symbol) {
    const mainGroup = halves(symbol)[0];
    const path = above(symbol);
    for (const codes of item.all_of) {
      if (!codes.some((c) => c.includes("/") && halves(c)[0] === mainGroup)) continue;
      if (codes.some((c) => under(symbol, c))) continue;
      const nearest = path === null ? null : path.find((s) => codes.includes(s));
      if (path === null) {
        return {
          ja: `第${item.item}号が挙げる記号と同じメイングループ${mainGroup}の記号であり、手元の版にはない。`,
          en: `Of main group ${mainGroup}, as symbols that item ${item.item} lists; the known edition does not have it.`,
        };
      }
      if (nearest) {
        return {
          ja: `第${item.item}号が挙げる${nearest}の下位の記号である。同号は${nearest}そのものだけを指すと読む。`,
          en: `It stands below ${nearest}, which item ${item.item} lists; the item is read as that symbol only.`,
        };
      }
    }
    return null;
  }

  function match(item, matched, answers) {
    const symbols = matched.flat();
    const part = symbols.some((s) => item.without_additional.includes(s));
    const rest = symbols.some((s) => !item.without_additional.includes(s));
    const asked = [...(item.additional && !part ? ["additional"] : []), ...(item.content ? ["content"] : [])];
    const given = {};
    for (const kind of asked) {
      const value = answers[`${item.item}.${kind}`] || answers[kind];
      if (value) given[kind] = value;
    }
    const fields = [...(part ? item.fields_without_additional : []), ...(rest ? item.fields : [])];
    return {
      item,
      asked,
      lacking: asked.filter((kind) => !given[kind]),
      refused: asked.filter((kind) => given[kind] === "no"),
      answer: given.additional,
      matched,
      fields: [...new Set(fields)].sort((a, b) => a - b),
    };
  }

  function shown(order, m) {
    const basis = [`ESPA 66(1); Order 12(1) item ${m.item.item}`];
    if (m.asked.includes("additional")) basis.push("12(2)");
    basis.push(...order.requirements.filter((r) => r.name === m.answer).map((r) => r.basis));
    return {
      item: m.item.item,
      fields: m.fields,
      matched: m.matched,
      additional_requirements: m.asked.includes("additional"),
      content_test: m.item.content ? m.item.content.ja : null,
      basis: basis.join("; "),
    };
  }

  function outcomeOf(order, items, excluded, compared, unread) {
    const besides = unread
      ? { ja: `ほかに読めない記号が${unread}件ある。`, en: ` Besides, ${unreadEn(unread)}.` }
      : { ja: "", en: "" };
    const numbers = items.map((m) => m.item.item);
    if (items.some((m) => !m.lacking.length)) return ["hit", both(hitWhy(items), besides)];
    if (items.length) {
      const why = {
        ja: `記号は${ja(numbers)}に当たる（施行令12条1項）。問いの答えがすべて肯定なら該当する。`,
        en: `The symbols match ${en(numbers)} (Order 12(1)). It falls under an item if all that is asked for it holds.`,
      };
      return ["hit_if", both(why, besides)];
    }
    if (unread) {
      return ["unreadable", {
        ja: `該当する号は見つからないが、読めない記号が${unread}件ある。読むまでは「該当なし」と言えない。`,
        en: `No item was found, but ${unreadEn(unread)}. Until it is read, nobody can say that there is none.`,
      }];
    }
    if (!compared) return ["unclassified", law.texts.unclassified];
    const out = excluded.map((m) => m.item.item);
    return ["none", {
      ja: `47号のいずれにも当たらない（施行令12条1項、${order.name}からの版）。${out.length ? `${ja(out)}は答えにより除かれた。` : ""}`,
      en: `It falls under none of the 47 items (Order 12(1) as in force from ${order.name}).${out.length ? ` The answers exclude ${en(out)}.` : ""}`,
    }];
  }

  function nearOf(order, known, complete) {
    const told = new Map();
    for (const s of known) {
      for (const item of order.items) {
        const below = belowOf(item, s.symbol);
        const tell = (kind, why) =>
          told.set(`${String(item.item).padStart(2, "0")} ${kind} ${position(s.symbol)}`, {
            symbol: s.symbol, item: item.item, kind, why,
          });
        if (below) tell("below", below);
        item.all_of.forEach((codes, place) => {
          const met = codes.some((c) => under(s.symbol, c));
          if (met && item.all_of.length > 1 && !complete.has(item.item)) tell("half", halfOf(item, place));
        });
      }
    }
    return [...told.keys()].sort().map((key) => told.get(key));
  }

  function one(symbols, on, answers, source) {
    const read = new Map();
    const unread = new Map();
    for (const { text, scheme } of symbols) {
      const found = normalise(text, scheme);
      if (found.why) unread.set(text, found);
      else {
        const stands = standing(found);
        read.set(stands.place, stands);
      }
    }
    const all = [...read.keys()].sort().map((place) => read.get(place));
    const known = all.filter((s) => s.entry);
    const unreadable = [...unread.keys()].sort(byCodePoint).map((text) => ({ text, why: unread.get(text).why }));
    const order = law.orders.filter((o) => o.name <= on).pop() || null;
    const result = {
      source,
      on,
      order: order && order.name,
      symbols: known.map((s) => s.entry),
      items: [],
      excluded: [],
      near: [],
      unknown: all.filter((s) => s.remark).map((s) => s.remark),
      unreadable,
      questions: [],
      outcome: "none",
      why: law.texts.before,
      sha256: law.sha256,
    };
    if (!order) return result;
    const distinct = [...new Set(known.map((s) => s.symbol))];
    const matches = [];
    for (const item of order.items) {
      const matched = item.all_of.map((codes) => distinct.filter((s) => codes.some((c) => under(s, c))));
      if (matched.every((group) => group.length)) matches.push(match(item, matched, answers));
    }
    const items = matches.filter((m) => !m.refused.length);
    const excluded = matches.filter((m) => m.refused.length);
    result.items = items.map((m) => shown(order, m));
    result.excluded = excluded.map((m) => ({ ...shown(order, m), reason: reason(m) }));
    result.near = nearOf(order, known, new Set(matches.map((m) => m.item.item)));
    result.questions = items.flatMap((m) =>
      m.lacking.map((kind) => ({ item: m.item.item, kind, text: question(order, m, kind) })),
    );
    [result.outcome, result.why] = outcomeOf(order, items, excluded, known.length, unreadable.length);
    return result;
  }

  /** symbols: [{text, scheme}]; on, alsoOn: YYYY-MM-DD; answers: {"content": "yes", "46.content": "no"}. */
  return function screen(symbols, on, answers = {}, alsoOn = null, source = "") {
    const found = one(symbols, on, answers, source);
    if (alsoOn === null) return found;
    const strictest = ["hit", "hit_if", "unreadable", "unclassified", "none"];
    const rank = (r) => strictest.indexOf(r.outcome) * 100 - r.items.length;
    const other = one(symbols, alsoOn, answers, source);
    const [first, second] = rank(other) < rank(found) ? [other, found] : [found, other];
    const name = (r) => law.texts.outcomes[r.outcome].ja;
    const lead = {
      ja: `分割・変更の出願として二つの日で照合し、厳しい方による（${first.on}は${name(first)}、${second.on}は${name(second)}）。`,
      en:
        "A divisional or converted application, compared under both dates; the stricter counts " +
        `(${first.on}: ${first.outcome}, ${second.on}: ${second.outcome}). `,
    };
    return { ...first, why: both(lead, first.why) };
  };
}
