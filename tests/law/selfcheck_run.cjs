// node selfcheck_run.cjs PAGE CASES: runs the page's own script, taken out of the page, without a document and without a network;
// for each line of CASES ({symbols: [[text, scheme]], on, answers, also_on}) writes the result as one line of JSON.
"use strict";
const fs = require("node:fs");
const vm = require("node:vm");

const page = fs.readFileSync(process.argv[2], "utf8");
const law = /<script id="law" type="application\/json">([\s\S]*?)<\/script>/.exec(page)[1];
const script = /<script>([\s\S]*?)<\/script>/.exec(page)[1];
const world = vm.createContext({ law });
vm.runInContext(`${script}\nconst screen = makeScreen(JSON.parse(law));`, world);
const answer = vm.runInContext(
  `(line) => {
    const { symbols, on, answers, also_on } = JSON.parse(line);
    const given = symbols.map(([text, scheme]) => ({ text, scheme }));
    return JSON.stringify(screen(given, on, answers, also_on, "x"));
  }`,
  world,
);
const cases = fs.readFileSync(process.argv[3], "utf8").split("\n").slice(0, -1);
process.stdout.write(cases.map((line) => `${answer(line)}\n`).join(""));
