// Behind the scenes: what the emulator sent and got, the faults, the clock.

import * as api from "./api.js";
import * as dates from "./dates.js";
import { el, iconButton } from "./dom.js";
import { faultsPanel } from "./faults.js";

const TABS = { webhooks: "Avisos", requests: "Pedidos", faults: "Fallas", clock: "Reloj" };
const KINDS = { inbound: "Mensaje entrante", status: "Estado", fallback: "Respaldo", signed: "Firmado", forged: "Falsificado", unsigned: "Sin firma", altered: "Alterado", replayed: "Repetido" };

export class Drawer {
  constructor(node, opener) {
    Object.assign(this, { node, opener, tab: "webhooks" });
    this.tabs = el("div.tabs", { role: "tablist" });
    this.panel = el("div.panel", { role: "tabpanel", tabindex: "0" });
    for (const [name, words] of Object.entries(TABS)) {
      this.tabs.append(el("button", { type: "button", role: "tab", "data-tab": name, onclick: () => this.open(name) }, words));
    }
    const head = el("div.drawer__head", {}, el("h2", {}, "Detrás de escena"), iconButton("close", "Cerrar", () => this.close()));
    node.append(head, this.tabs, this.panel);
    node.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    opener.addEventListener("click", () => (node.hidden ? this.open() : this.close()));
  }

  open(tab = this.tab) {
    this.tab = tab;
    this.node.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    for (const button of this.tabs.children) button.setAttribute("aria-selected", String(button.dataset.tab === tab));
    this.draw();
  }

  close() {
    this.node.hidden = true;
    clearInterval(this.ticking);
    this.opener.setAttribute("aria-expanded", "false");
    this.opener.focus();
  }

  // News that concern the open tab; several in a row are drawn once.
  hear(event) {
    const concerns = { webhook: "webhooks", request: "requests", faults: "faults", limits: "faults", clock: "clock" };
    if (this.node.hidden || concerns[event.type] !== this.tab) return;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.panel.querySelector("details[open]") || this.draw(), 120);
  }

  async draw() {
    clearInterval(this.ticking);
    const tab = this.tab;
    const content = await { webhooks: webhooksPanel, requests: requestsPanel, faults: faultsPanel, clock: () => this.clockPanel() }[tab]();
    if (tab !== this.tab) return;
    const controls = () => [...this.panel.querySelectorAll("button, input, select, summary")];
    const focused = controls().indexOf(document.activeElement);
    this.panel.replaceChildren(...content);
    if (focused >= 0) controls()[focused]?.focus({ preventScroll: true });
  }

  async clockPanel() {
    dates.setClock(await api.state("clock"));
    const face = el("div.clock", { role: "timer" });
    const show = () => face.replaceChildren(dates.seconds(dates.now()), el("small", {}, dates.longDay(dates.now())));
    this.ticking = setInterval(show, 1000);
    show();
    const move = (words, seconds) => el("button.button", { type: "button", onclick: () => api.set("clock", { advance_seconds: seconds }) }, words);
    const exact = el("input", { type: "datetime-local", "aria-label": "Ir a un momento" });
    const go = () => exact.value && api.set("clock", { now: `${exact.value}:00-03:00` });
    const frozen = el("button.button", { type: "button", onclick: async () => api.set("clock", { frozen: !(await api.state("clock")).frozen }) }, "Parar / seguir");
    return [
      el("p.hint", {}, "El reloj del emulador decide la ventana de 24 horas y la hora de los mensajes. No mueve el de Latido."), face,
      el("div.row", {}, move("+1 hora", 3600), move("+1 día", 86_400), move("+25 horas", 90_000), move("+1 semana", 604_800)),
      el("label.field", {}, el("span", {}, "Ir a un momento"), exact),
      el("div.row", {}, el("button.button.button--main", { type: "button", onclick: go }, "Ir"), frozen,
        el("button.button", { type: "button", onclick: () => api.restore("clock") }, "Volver a la hora real")),
    ];
  }
}

async function webhooksPanel() {
  const [{ webhooks }, { entries }] = await Promise.all([api.webhooks(), api.debuggerLog()]);
  const rows = webhooks.reverse().map((call) => row(
    call.at, `${KINDS[call.kind] ?? call.kind}${call.form.MessageStatus ? `: ${call.form.MessageStatus}` : ""}`, call.status ?? "sin respuesta", call.ok,
    `${call.url}\nX-Twilio-Signature: ${call.signature}\nintentos: ${call.attempts.map((each) => `${each.status ?? each.failure} en ${each.milliseconds} ms`).join(", ")}\n\n${pairs(call.form)}`,
  ));
  const problems = entries.length ? `${entries.length} aviso(s) en el depurador; el último: ${entries.at(-1).code} ${entries.at(-1).message}.` : "";
  return [el("p.hint", {}, `Lo que el emulador le manda a Latido, firmado como lo haría Twilio. ${problems}`), log(rows)];
}

async function requestsPanel() {
  const { requests: count } = await api.state("");
  const { requests } = await api.requests(Math.max(count - 60, 0));
  const rows = requests.reverse().map((call) => row(
    call.at, `${call.method} ${call.path.replace(/\/2010-04-01\/Accounts\/\w+/, "…")}`, call.status ?? "cortado", call.status < 400 && !call.fault,
    [call.fault && `falla: ${call.fault}`, JSON.stringify(call.form ?? call.json, null, 2), JSON.stringify(call.response, null, 2)].filter(Boolean).join("\n\n"),
  ));
  return [el("p.hint", {}, "Lo que Latido le pide a la API REST de Twilio."), log(rows)];
}

const log = (rows) => (rows.length ? el("ul.log", {}, ...rows) : el("p.hint", {}, "Todavía no pasó nada."));
const pairs = (form) => Object.entries(form).map(([name, value]) => `${name} = ${value}`).join("\n");

function row(at, words, status, good, details) {
  const badge = el(`span.badge${good ? "" : ".badge--bad"}`, {}, String(status));
  const head = el("summary", {}, el("time", {}, dates.seconds(new Date(at))), el("b", {}, words), badge);
  return el("li", {}, el("details", {}, head, el("pre", {}, details)));
}
