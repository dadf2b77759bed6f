// One message as a bubble: what it holds, its time, its ticks, its buttons.

import { el, icon } from "./dom.js";
import { format } from "./format.js";
import { time } from "./dates.js";
import { placeView } from "./map.js";

const TICKS = { sent: "M4 6l3.500 3.500L15 2", delivered: "M1.500 6L5 9.500 12 2M7.800 8.700l.8.8L16 2" };
const TICK_WORDS = { sent: "enviado", delivered: "recibido", read: "leído", failed: "no entregado" };
const KIND_WORDS = { image: "Foto", video: "Video", audio: "Audio", sticker: "Sticker", document: "Documento", contact: "Contacto", location: "Ubicación", unknown: "Mensaje" };

export const isMine = (message) => message.direction === "inbound";

export function messageView(message, { first, quoted, actions }) {
  const mine = isMine(message);
  const node = el(`div.message${mine ? ".message--mine" : ""}${first ? ".message--first" : ""}`, { "data-sid": message.sid });
  node.append(el("span.sr", {}, mine ? "Vos: " : "Latido: "), bubble(message, quoted, actions));
  if (message.buttons.length) node.append(buttons(message, actions));
  if (message.items.length) node.append(listButton(message, actions));
  if (mine && message.tick === "failed") node.append(failed(actions));
  return node;
}

export function summary(message) {
  const words = message.body.replace(/[*_~`]/g, "").replace(/\s+/g, " ").trim();
  return words ? words.slice(0, 90) : KIND_WORDS[message.kind] ?? "Mensaje";
}

export function typingView() {
  const dots = el("span.dots", { role: "img", "aria-label": "Latido está escribiendo" }, el("i"), el("i"), el("i"));
  return el("div.message.message--first.typing", {}, el("div.bubble", {}, dots));
}

function bubble(message, quoted, actions) {
  const [content, style] = (CONTENT[message.kind] ?? words)(message, actions);
  return el(`div.bubble${style}`, {}, quoted && quote(quoted), ...content, meta(message));
}

function words(message) {
  const room = isMine(message) ? "62px" : message.template ? "98px" : "40px";
  return [[el("span.bubble__text", { style: `--meta:${room}` }, ...format(message.body))], ""];
}

const caption = (message) => (message.body ? words(message)[0] : []);

function picture(message) {
  const image = el("img", { src: message.media.url, alt: message.body || "Foto enviada", loading: "lazy" });
  return [[image, ...caption(message)], `.bubble--media${message.body ? "" : ".bubble--bare-media"}`];
}

function film(message) {
  const video = el("video", { src: message.media.url, controls: true, preload: "metadata" });
  return [[video, ...caption(message)], ".bubble--media"];
}

const sticker = (message) => [[el("img", { src: message.media.url, alt: "Sticker" })], ".bubble--sticker"];

function voice(message) {
  const wave = el("span.voice__wave", { "aria-hidden": "true" });
  for (let bar = 0; bar < 30; bar += 1) {
    const height = 18 + Number.parseInt(message.sid[2 + bar], 16) * 5;
    wave.append(el("i", { style: `height:${height}%` }));
  }
  const sound = new Audio(message.media.url);
  const button = el("button.voice__play", { type: "button", "aria-label": "Escuchar el audio" }, icon("play", 18));
  const view = el("div.voice", {}, button, wave);
  button.addEventListener("click", () => sound.play().catch(() => {}));
  for (const [event, playing] of [["play", true], ["ended", false], ["error", false]]) {
    sound.addEventListener(event, () => view.classList.toggle("voice--playing", playing));
  }
  return [[view], ""];
}

function file(message) {
  const contact = message.kind === "contact";
  const name = message.media.filename || KIND_WORDS[message.kind];
  const kind = message.media.content_type.split("/").pop().replace("vnd.", "").slice(0, 20);
  const view = el(
    "a.file", { href: message.media.url, target: "_blank", rel: "noopener" },
    el("span.file__icon", {}, icon(contact ? "person" : "file")), el("span", {}, el("b", {}, name), el("small", {}, kind)),
  );
  return [[view, ...caption(message)], ""];
}

function place(message, actions) {
  const { label, address } = message.location;
  const title = label || (isMine(message) ? "Ubicación compartida" : message.body || "Ubicación");
  const view = el(
    "button.place", { type: "button", "aria-label": `Ver en el mapa: ${title}`, onclick: () => actions.showPlace(message) },
    placeView(message.location), el("span.place__words", {}, el("b", {}, title), address && el("small", {}, address)),
  );
  return [[view], ".bubble--media"];
}

const UNKNOWN = "Mensaje que WhatsApp no puede pasar (por ejemplo, una encuesta)";
const unknown = () => [[el("span.bubble__text", { style: "--meta:62px" }, UNKNOWN)], ".bubble--unknown"];

const CONTENT = { image: picture, video: film, sticker, audio: voice, document: file, contact: file, location: place, unknown };

function meta(message) {
  const parts = message.template ? [el("span", { title: "Salió como plantilla aprobada" }, "plantilla · ")] : [];
  parts.push(el("time", { datetime: message.at }, time(message.at)));
  if (isMine(message)) parts.push(message.tick === "failed" ? "⚠" : ticks(message.tick), el("span.sr", {}, TICK_WORDS[message.tick]));
  return el("span.bubble__meta", { "data-tick": isMine(message) ? message.tick : null }, ...parts);
}

function ticks(tick) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 17 11");
  svg.setAttribute("class", "ticks");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = `<path d="${TICKS[tick === "read" ? "delivered" : tick]}"/>`;
  return svg;
}

const quote = (quoted) => el("span.quote", {}, el("b", {}, isMine(quoted) ? "Vos" : "Latido"), summary(quoted));

function buttons(message, actions) {
  const row = el("div.choices", { role: "group", "aria-label": "Respuestas rápidas" });
  message.buttons.forEach((button, index) => {
    const pressed = actions.wasChosen(message, button.title);
    row.append(el(
      "button.choice", { type: "button", "aria-pressed": String(pressed), onclick: () => actions.tap(message, index) },
      icon("reply"), button.title,
    ));
  });
  return row;
}

function listButton(message, actions) {
  const open = el("button.choice", { type: "button", "aria-haspopup": "dialog", onclick: () => actions.openList(message) }, icon("list"), message.list_button);
  return el("div.choices", {}, open);
}

const failed = (actions) => el("button.failed", { type: "button", onclick: actions.openDrawer }, "No llegó a Latido · ver qué pasó");
