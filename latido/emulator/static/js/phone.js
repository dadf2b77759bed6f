// One phone: its frame, its chat with Latido, what its owner does.

import * as api from "./api.js";
import { isMine, messageView, typingView } from "./bubble.js";
import { closeElsewhere, composer } from "./composer.js";
import { dayKey, dayName } from "./dates.js";
import { el, icon, iconButton } from "./dom.js";
import { listSheet, placeSheet } from "./sheets.js";

const PATIENCE = 25_000;
const STARTERS = [
  "hola, estoy embarazada de 5 meses y nunca me controlé, vivo en barracas",
  "qué centro de salud me queda cerca? vivo en lugano",
  "quiero un turno para el control del embarazo",
  "qué turnos tengo?",
];

export class Phone {
  constructor(data, app) {
    Object.assign(this, { data, app, messages: new Map(), queue: Promise.resolve(), waiting: 0 });
    this.log = el("div.phone__log", { role: "log", "aria-live": "polite", "aria-label": "Conversación con Latido", tabindex: "0" });
    this.state = el("p.phone__state", {}, "en línea");
    this.frame = el("div.phone__frame");
    this.composer = composer(this.frame, (wanted) => this.send(wanted));
    this.jump = iconButton("down", "Ir al último mensaje", () => this.toEnd(), { hidden: true });
    this.jump.classList.add("phone__jump");
    this.frame.append(el("div.phone__screen", {}, this.head(), el("div.phone__wall"), this.log, this.jump, this.composer.form));
    this.node = el("section.phone", { "aria-label": `Teléfono de ${data.name}` }, this.owner(), this.frame);
    this.followTheEnd();
    this.render();
  }

  owner() {
    this.ownerName = el("input.phone__owner-name", { value: this.data.name, "aria-label": "Nombre de la vecina", maxlength: "40" });
    this.ownerName.addEventListener("change", () => api.changePhone(this.data.phone, { name: this.ownerName.value.trim() || "Vecina" }));
    this.ownerName.addEventListener("keydown", (event) => event.key === "Enter" && this.composer.field.focus());
    return el(
      "div.phone__owner", {}, this.ownerName, el("span.phone__number", {}, readable(this.data.phone)),
      iconButton("trash", `Quitar el teléfono de ${this.data.name}`, () => this.app.remove(this)),
    );
  }

  head() {
    const more = iconButton("more", "Más opciones", () => this.menu(more), { "aria-haspopup": "menu" });
    more.classList.add("only-narrow");
    return el(
      "header.phone__head", {}, el("span.phone__avatar", {}, el("img", { src: "/static/img/mark.svg", alt: "" })),
      el("div.phone__who", {}, el("h2", {}, "Latido", icon("heart")), this.state), more,
    );
  }

  menu(opener) {
    const open = this.frame.querySelector(".menu--more");
    if (open) return open.remove();
    const menu = el("div.menu.menu--more", { role: "menu" });
    const close = () => menu.remove();
    const entry = (words, act, current = false) => menu.append(el(
      "button", { type: "button", role: "menuitem", "aria-current": current ? "true" : null, onclick: () => { close(); act(); } }, words,
    ));
    for (const phone of this.app.phones.values()) entry(`📱 ${phone.data.name}`, () => this.app.show(phone), phone === this);
    entry("Sumar un teléfono", () => this.app.add());
    entry("Detrás de escena", () => this.app.drawer.open());
    closeElsewhere(menu, opener, close);
    this.frame.querySelector(".phone__screen").append(menu);
    menu.querySelector("button").focus();
  }

  rename(data) {
    this.data = data;
    if (document.activeElement !== this.ownerName) this.ownerName.value = data.name;
  }

  // What comes by the stream while the transcript is fetched is newer than the transcript.
  async load() {
    this.meanwhile = new Map();
    const { messages } = await api.transcript(this.data.phone);
    this.messages = new Map([...messages.map((message) => [message.sid, message]), ...this.meanwhile]);
    this.meanwhile = null;
    this.render();
    this.toEnd("instant");
  }

  receive(message) {
    const isNew = !this.messages.has(message.sid);
    if (isNew && isMine(message)) this.follows = true;
    this.messages.set(message.sid, message);
    this.meanwhile?.set(message.sid, message);
    if (isMine(message)) this.waitFor(message);
    else if (isNew) this.waiting = 0;
    this.render();
    if (isNew && this.follows) this.toEnd();
  }

  // The dots: from the moment the bridge has the message until an answer comes, or patience ends.
  waitFor(message) {
    if (!["delivered", "read"].includes(message.tick) || this.answered(message)) return;
    this.typing(PATIENCE - (Date.now() - (this.sentAt ?? Date.now())));
  }

  typing(patience = PATIENCE) {
    if (patience <= 0) return;
    this.waiting = Date.now() + patience;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.render(), patience + 50);
    this.render();
    if (this.follows) this.toEnd();
  }

  answered(message) {
    return [...this.messages.values()].some((other) => !isMine(other) && other.seq > message.seq);
  }

  // One after the other, as a thumb does. The emulator shows each at once and passes them on in order.
  send(wanted) {
    this.sentAt = Date.now();
    const options = { wait: "false", in_order: "true" };
    if (wanted instanceof FormData) for (const [name, value] of Object.entries(options)) wanted.set(name, value);
    const message = wanted instanceof FormData ? wanted : { ...wanted, ...options };
    this.queue = this.queue.then(() => api.say(this.data.phone, message)).catch((error) => this.app.complain(error));
    return this.queue;
  }

  render() {
    const list = [...this.messages.values()].sort((one, other) => one.seq - other.seq);
    const nodes = list.length ? [] : [this.starters()];
    let before = null;
    for (const message of list) {
      if (!before || dayKey(before.at) !== dayKey(message.at)) nodes.push(this.day(message.at));
      const first = !before || isMine(before) !== isMine(message) || before.buttons.length > 0;
      nodes.push(this.cached(message, first));
      before = message;
    }
    const waits = this.waiting > Date.now();
    this.state.textContent = waits ? "escribiendo…" : "en línea";
    if (waits) nodes.push(this.dots ??= typingView());
    settle(this.log, nodes);
  }

  day(at) {
    this.days ??= new Map();
    const key = dayKey(at);
    if (!this.days.has(key)) this.days.set(key, el("div.day"));
    const node = this.days.get(key);
    if (node.textContent !== dayName(at)) node.textContent = dayName(at);
    return node;
  }

  // A bubble is drawn again only when something on it has changed, so that audio goes on playing and focus stays.
  cached(message, first) {
    this.views ??= new Map();
    const chosen = message.buttons.map((button) => this.wasChosen(message, button.title));
    const key = JSON.stringify([message.tick, message.status, first, chosen]);
    const known = this.views.get(message.sid);
    if (known?.key === key) return known.node;
    const quoted = message.reply_to && this.messages.get(message.reply_to);
    const node = messageView(message, { first, quoted, actions: this });
    if (known) node.style.animation = "none";
    this.views.set(message.sid, { key, node });
    return node;
  }

  starters() {
    return (this.start ??= this.newStarters());
  }

  newStarters() {
    const card = el(
      "div.starters__card", {}, el("img", { src: "/static/img/mark.svg", alt: "" }), el("h3", {}, "Escribile a Latido"),
      el("p", {}, "Con tus palabras, como te salga. O tocá una de estas para empezar:"),
    );
    const chips = STARTERS.map((words) => el("button.chip", { type: "button", onclick: () => this.send({ kind: "text", text: words }) }, words));
    return el("div.starters", {}, card, ...chips);
  }

  wasChosen(message, title) {
    return [...this.messages.values()].some((other) => other.reply_to === message.sid && other.body === title);
  }

  tap(message, index) {
    this.send({ kind: "button", message_sid: message.sid, index });
    this.composer.field.focus({ preventScroll: true });
  }

  openList(message) {
    listSheet(this.frame, message, (index) => this.send({ kind: "list", message_sid: message.sid, index }));
  }

  showPlace(message) {
    placeSheet(this.frame, message);
  }

  openDrawer = () => this.app.drawer.open("webhooks");

  // New messages pull the screen along until she scrolls up, and again once she is back at the end.
  followTheEnd() {
    Object.assign(this, { follows: true, lastTop: 0 });
    this.log.addEventListener("scroll", () => {
      const up = this.log.scrollTop < this.lastTop - 2;
      this.follows = this.atEnd() || (this.follows && !up);
      this.lastTop = this.log.scrollTop;
      this.jump.hidden = this.follows;
    });
    const stay = () => this.follows && this.toEnd("instant");
    new ResizeObserver(stay).observe(this.log);
    this.log.addEventListener("load", stay, true);
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
  }

  toEnd(behavior = "smooth") {
    this.follows = true;
    this.log.scrollTo({ top: this.log.scrollHeight, behavior });
  }
}

// Puts the nodes in this order and touches only what differs: a screen reader reads what is new, nothing blinks.
function settle(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

export function readable(number) {
  const argentine = /^\+54(9?)11(\d{4})(\d{4})$/.exec(number);
  return argentine ? `+54 ${argentine[1] ? "9 " : ""}11 ${argentine[2]}-${argentine[3]}` : number;
}
