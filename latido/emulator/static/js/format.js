// WhatsApp's own formatting: *bold*, _italic_, ~strike~, ```mono```, `code`, and links. Text nodes only, never HTML.

import { el } from "./dom.js";

const MARKS = [
  [/```([\s\S]+?)```/, (found) => el("code", {}, found[1])],
  [/`([^`\n]+)`/, (found) => el("code", {}, found[1])],
  [/https?:\/\/[^\s<>"')]+[^\s<>"').,;:!?]/, (found) => link(found[0], found[0])],
  [/(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])/, (found) => el("strong", {}, ...format(found[1]))],
  [/(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?![\w_])/, (found) => el("em", {}, ...format(found[1]))],
  [/(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])/, (found) => el("s", {}, ...format(found[1]))],
];

function link(address, words) {
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words);
}

export function format(text) {
  const first = MARKS.map(([pattern, make]) => ({ found: pattern.exec(text), make }))
    .filter(({ found }) => found)
    .sort((one, other) => one.found.index - other.found.index)[0];
  if (!first) return text ? [text] : [];
  const { found, make } = first;
  const after = text.slice(found.index + found[0].length);
  return [...(found.index ? [text.slice(0, found.index)] : []), make(found), ...format(after)];
}
