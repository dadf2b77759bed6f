// What the sheets hold: a list to pick from, the stickers, a photo before it is sent, a place on the map.

import { el } from "./dom.js";
import { openSheet } from "./sheet.js";
import { picker, placeView } from "./map.js";

const STICKERS = ["❤️", "🤰", "👶", "🙏", "😂", "😭", "👍", "🥰", "🎉", "😴", "💪", "🧉"];

export function listSheet(frame, message, onPick) {
  const send = el("button.button.button--main", { type: "button", disabled: true }, "Enviar");
  const options = el("fieldset.options", {}, el("legend.sr", {}, message.list_button));
  let chosen = null;
  message.items.forEach((item, index) => {
    const input = el("input", { type: "radio", name: `list-${message.sid}`, "data-focus": index === 0 });
    input.addEventListener("change", () => {
      chosen = index;
      send.disabled = false;
    });
    const words = el("span", {}, el("b", {}, item.title), item.description && el("small", {}, item.description));
    options.append(el("label.option", {}, input, words));
  });
  const close = openSheet(frame, message.list_button, { body: el("div.sheet__body", {}, options), foot: send });
  send.addEventListener("click", () => {
    close();
    onPick(chosen);
  });
}

export function stickerSheet(frame, onPick) {
  const grid = el("div.stickers.sheet__body");
  const close = openSheet(frame, "Stickers", { body: grid });
  for (const sticker of STICKERS) {
    const pick = async () => {
      close();
      onPick(await drawn(sticker));
    };
    grid.append(el("button", { type: "button", "aria-label": `Sticker ${sticker}`, onclick: pick }, sticker));
  }
}

async function drawn(sticker) {
  const canvas = el("canvas", { width: 256, height: 256 });
  const pen = canvas.getContext("2d");
  pen.font = "190px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(sticker, 128, 140);
  return new Promise((done) => canvas.toBlob(done, "image/webp"));
}

export function mediaSheet(frame, file, onSend) {
  const id = `media-${performance.now()}`;
  const words = el("input", { type: "text", placeholder: "Agregar un comentario…", "aria-label": "Comentario", maxlength: "1024", "data-focus": true });
  const picture = file.type.startsWith("image/") && el("img", { src: URL.createObjectURL(file), alt: "Vista previa" });
  const send = el("button.button.button--main", { type: "submit", form: id }, "Enviar");
  const form = el("form.preview.sheet__body", { id }, picture || el("p", {}, `📎 ${file.name}`), words);
  const close = openSheet(frame, file.type.startsWith("image/") ? "Enviar foto" : "Enviar archivo", { body: form, foot: send });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    close();
    onSend(words.value.trim());
  });
}

export function locationSheet(frame, onSend) {
  const { view, value } = picker();
  const send = el("button.button.button--main", { type: "button" }, "Enviar esta ubicación");
  const close = openSheet(frame, "Enviar ubicación", { body: view, foot: send, tall: true });
  send.addEventListener("click", () => {
    close();
    onSend(value());
  });
}

export function placeSheet(frame, message) {
  const { latitude, longitude, label, address } = message.location;
  const map = placeView(message.location, 420);
  map.style.cssText = "width:100%;height:340px;display:block";
  const words = [address, `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`].filter(Boolean).join(" · ");
  openSheet(frame, label || "Ubicación", { body: el("div.sheet__body", {}, map, el("p", { style: "padding:0 20px" }, words)) });
}
