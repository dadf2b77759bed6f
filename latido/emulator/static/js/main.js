// The page: its phones, the stream of news, the drawer.

import * as api from "./api.js";
import { setClock } from "./dates.js";
import { Drawer } from "./drawer.js";
import { loadMap } from "./map.js";
import { Phone } from "./phone.js";

const NAMES = ["Ana", "Rosa", "Lucía", "Yamila", "Carmen", "Noelia", "Milagros", "Sofía"];
const NARROW = matchMedia("(max-width: 900px)");

class App {
  constructor() {
    this.phones = new Map();
    this.stage = document.getElementById("phones");
    this.note = document.getElementById("connection");
    this.drawer = new Drawer(document.getElementById("drawer"), document.getElementById("open-drawer"));
    document.getElementById("add-phone").addEventListener("click", () => this.add());
  }

  async start() {
    await loadMap();
    api.listen((event) => this.hear(event), (on) => this.connected(on));
  }

  async connected(on) {
    this.note.dataset.state = on ? "on" : "off";
    if (!on) this.note.textContent = "Sin conexión con el emulador; sigo probando.";
    if (on) await this.reload();
  }

  // Everything anew: at the start, and after the stream was cut and may have missed something.
  async reload() {
    setClock(await api.state("clock"));
    let { phones, sender } = await api.phones();
    if (!phones.length) phones = [await this.newPhone(0), ...(NARROW.matches ? [] : [await this.newPhone(1)])];
    this.note.textContent = `Conectado. Latido atiende en ${sender}.`;
    for (const phone of phones) this.place(phone);
    await Promise.all([...this.phones.values()].map((phone) => phone.load()));
    this.show(this.current ?? [...this.phones.values()][0]);
    this.stage.dataset.loaded = "true";
  }

  newPhone(index) {
    return api.addPhone({ name: NAMES[index % NAMES.length] });
  }

  async add() {
    const phone = this.place(await this.newPhone(this.phones.size));
    this.show(phone);
    phone.composer.field.focus();
  }

  place(data) {
    const known = this.phones.get(data.phone);
    if (known) {
      known.rename(data);
      return known;
    }
    const phone = new Phone(data, this);
    this.phones.set(data.phone, phone);
    this.stage.append(phone.node);
    if (!this.current) this.show(phone);
    return phone;
  }

  show(phone) {
    this.current = phone;
    for (const each of this.phones.values()) each.node.dataset.current = String(each === phone);
    if (!NARROW.matches) phone.node.scrollIntoView({ behavior: "smooth", inline: "nearest", block: "nearest" });
    phone.toEnd("instant");
  }

  async remove(phone) {
    await api.removePhone(phone.data.phone);
  }

  forget(number) {
    const phone = this.phones.get(number);
    phone?.node.remove();
    this.phones.delete(number);
    if (this.current === phone) this.current = [...this.phones.values()][0];
    if (this.current) this.show(this.current);
  }

  hear(event) {
    const phone = this.phones.get(event.message?.phone ?? event.phone);
    if (event.type === "message") phone?.receive(event.message);
    if (event.type === "typing") phone?.typing();
    if (event.type === "phone") this.place(event.phone);
    if (event.type === "phone_removed") this.forget(event.phone);
    if (event.type === "clock") setClock(event.clock);
    if (event.type === "reset") location.reload();
    this.drawer.hear(event);
  }

  complain(error) {
    this.note.dataset.state = "off";
    this.note.textContent = `No se pudo: ${error.message}`;
  }
}

new App().start();
