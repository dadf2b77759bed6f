// Elements without a framework: `el("button.chip", { type: "button", onclick }, "texto", otherElement)`.

export function el(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  attach: "M21 11.500l-8.600 8.600a5.600 5.600 0 0 1-8-8l8.900-8.800a3.700 3.700 0 0 1 5.300 5.300l-8.800 8.700a1.800 1.800 0 0 1-2.600-2.600l7.900-7.800",
  send: "M4 12l16-8-5 16-3.500-6.500zM11.500 13.500L20 4",
  mic: "M12 3a3 3 0 0 1 3 3v6a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5.500 11.500a6.500 6.500 0 0 0 13 0M12 18v3",
  more: "M12 5.500v.01M12 12v.01M12 18.500v.01",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  down: "M6 9l6 6 6-6",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  reply: "M9 7L4 12l5 5M4 12h9a7 7 0 0 1 7 7",
  photo: "M4 6h16v13H4zM4 16l5-5 4 4 3-3 4 4M15.500 9.500h.01",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 16.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z",
  file: "M7 3h7l4 4v14H7zM14 3v5h4M10 13h5M10 17h5",
  pin: "M12 21s-7-6.500-7-12a7 7 0 0 1 14 0c0 5.500-7 12-7 12zM12 11.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 21c0-4.500 3.500-7 7.500-7s7.500 2.500 7.500 7",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.500 14c2 2.500 5 2.500 7 0M9 9.500h.01M15 9.500h.01",
  play: "M8 5l11 7-11 7z",
  heart: "M12 20s-8-5-8-11a4.500 4.500 0 0 1 8-2.800A4.500 4.500 0 0 1 20 9c0 6-8 11-8 11z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
};

export function icon(name, size) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  if (size) svg.style.cssText = `width:${size}px;height:${size}px`;
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  if (name === "more") path.setAttribute("stroke-width", "3");
  svg.append(path);
  return svg;
}

export function iconButton(name, label, onclick, more = {}) {
  return el("button.icon-button", { type: "button", "aria-label": label, title: label, onclick, ...more }, icon(name));
}
