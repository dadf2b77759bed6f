// Where one writes: the field, the clip with what it attaches, the voice note held down.

import { el, icon, iconButton } from "./dom.js";
import { locationSheet, mediaSheet, stickerSheet } from "./sheets.js";
import { voiceGesture } from "./voice.js";

const LONGEST = 1600;
const LARGEST_FILE = 16 * 1024 * 1024;

export function composer(frame, send) {
  const field = el("textarea", { rows: 1, placeholder: "Mensaje", "aria-label": "Escribir un mensaje", maxlength: String(LONGEST), enterkeyhint: "send", autocomplete: "off" });
  const action = el("button.icon-button.composer__send", { type: "submit" });
  const clip = iconButton("attach", "Adjuntar", () => toggleMenu(frame, clip, field, send), { "aria-haspopup": "menu", "aria-expanded": "false" });
  const recording = el("div.composer__recording", { role: "status" });
  const form = el("form.composer", {}, el("div.composer__field", {}, field, clip, recording), action);

  const refresh = () => {
    const writing = field.value.trim() !== "";
    action.replaceChildren(icon(writing ? "send" : "mic"));
    action.setAttribute("aria-label", writing ? "Enviar" : "Grabar un audio: mantené apretado");
    field.style.height = "0";
    field.style.height = `${Math.max(field.scrollHeight, 40)}px`;
  };
  const submit = () => {
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    refresh();
    field.focus();
    send({ kind: "text", text });
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  field.addEventListener("input", refresh);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  field.addEventListener("paste", (event) => {
    const file = event.clipboardData?.files?.[0];
    if (file) attachFile(frame, file, send);
  });
  voiceGesture({ button: action, form, recording, idle: () => field.value.trim() === "", onSend: () => send({ kind: "audio" }) });
  queueMicrotask(refresh);
  return { form, field };
}

function toggleMenu(frame, clip, field, send) {
  const open = frame.querySelector(".menu--attach");
  if (open) return open.remove();
  const choose = (accept, capture) => {
    const input = el("input", { type: "file", accept, capture });
    input.addEventListener("change", () => input.files[0] && attachFile(frame, input.files[0], send));
    input.click();
  };
  const entries = [
    ["photo", "Foto o video", "#c2255c", () => choose("image/*,video/*")],
    ["camera", "Cámara", "#e8590c", () => choose("image/*", "environment")],
    ["file", "Documento", "#6741d9", () => choose(".pdf,.doc,.docx,.xlsx,.pptx")],
    ["pin", "Ubicación", "#1d7a4c", () => locationSheet(frame, (at) => send({ kind: "location", ...at }))],
    ["person", "Contacto", "#1971c2", () => send({ kind: "contact" })],
    ["smile", "Sticker", "#b0720a", () => stickerSheet(frame, (image) => send(upload("sticker", image, "sticker.webp")))],
  ];
  const menu = el("div.menu.menu--attach", { role: "menu", "aria-label": "Adjuntar" });
  const close = () => {
    menu.remove();
    clip.setAttribute("aria-expanded", "false");
  };
  for (const [name, words, hue, act] of entries) {
    const run = () => {
      close();
      act();
      if (name === "person") field.focus();
    };
    menu.append(el("button.attach", { type: "button", role: "menuitem", style: `--hue:${hue}`, onclick: run }, el("span", {}, icon(name)), words));
  }
  closeElsewhere(menu, clip, close);
  clip.setAttribute("aria-expanded", "true");
  frame.querySelector(".phone__screen").append(menu);
  menu.querySelector("button").focus();
}

export function closeElsewhere(menu, opener, close) {
  const outside = (event) => {
    if (menu.isConnected && (menu.contains(event.target) || opener.contains(event.target))) return;
    document.removeEventListener("pointerdown", outside);
    close();
  };
  document.addEventListener("pointerdown", outside);
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close();
    opener.focus();
  });
}

function attachFile(frame, file, send) {
  if (file.size > LARGEST_FILE) return alert("WhatsApp acepta archivos de hasta 16 MB.");
  const kind = ["image", "video", "audio"].find((family) => file.type.startsWith(`${family}/`)) ?? "document";
  return mediaSheet(frame, file, (caption) => send(upload(kind, file, file.name, caption)));
}

function upload(kind, blob, name, caption = "") {
  const form = new FormData();
  form.set("kind", kind);
  form.set("caption", caption);
  form.set("file", blob, name);
  return form;
}
