// What a phone keeps of a day of visits, for pages and their worker alike: copies of pages for a day at most, and what was
// typed until it was sent or discarded. Nobody else's script can read it, and nothing is sent but to where it was typed.
(() => {
  "use strict";
  const DATABASE = "carebus-phone";
  const TEXTS = "texts";
  const DAYS = "days";
  const PAGES = "carebus-pages";
  const FILES = "carebus-files";
  const SENDING = "carebus-sending";
  const STAMP = "x-carebus-kept-at";
  const LONGEST = 24 * 60 * 60 * 1000;
  const A_MOMENT = 5000;
  const MOST_WAIT = 5 * 60 * 1000;
  const PATIENCE = 30000;
  const AGAIN = [408, 425, 429];  // come back later: nothing is wrong with what was typed

  const listeners = [];
  const channel = new BroadcastChannel(DATABASE);
  channel.addEventListener("message", (event) => listeners.forEach((hears) => hears(event.data)));

  function tell(news) {
    channel.postMessage(news);
    listeners.forEach((hears) => hears(news));
  }

  function opened() {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore(TEXTS, { keyPath: "id" });
        asked.result.createObjectStore(DAYS, { keyPath: "id" });
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }

  // One transaction, on the disk when it is done: a phone that goes off a moment later has it still.
  async function within(store, mode, work) {
    const db = await opened();
    try {
      return await new Promise((resolve, reject) => {
        const done = db.transaction(store, mode, { durability: "strict" });
        const found = work(done.objectStore(store));
        done.oncomplete = () => resolve(found && found.result);
        done.onerror = done.onabort = () => reject(done.error);
      });
    } finally {
      db.close();
    }
  }

  const idOf = (who, path) => `${who} ${path}`;
  const textOf = (id) => within(TEXTS, "readonly", (store) => store.get(id));
  const allTexts = () => within(TEXTS, "readonly", (store) => store.getAll());

  // `become` gets what there is and gives what is to be there: nothing changes it in between, in this tab or another.
  async function change(id, become) {
    await within(TEXTS, "readwrite", (store) => {
      const asked = store.get(id);
      asked.onsuccess = () => {
        const next = become(asked.result);
        if (next) store.put(next);
        else if (asked.result) store.delete(id);
      };
    });
    tell({ changed: id });
  }

  // The form's key is the one it was opened with first, in whichever tab: all of them send the same command.
  const begun = (visit) => ({ ...visit, state: "typing", typed: {}, labels: {}, fields: [], tries: 0, next: 0, why: [] });

  const type = (visit, typed, labels) => change(visit.id, (text) => {
    if (text && text.state === "waiting") return text;
    const of = text || begun(visit);
    const both = { typed: { ...of.typed, ...typed }, labels: { ...of.labels, ...labels } };
    return { ...of, ...both, at: Date.now() };
  });

  const press = (visit, fields, labels) => change(visit.id, (text) => {
    if (text && text.state === "waiting") return text;
    const of = text || begun(visit);
    const keyed = fields.map(([name, value]) => [name, name === "idempotency_key" ? of.key : value]);
    const typed = {};
    keyed.forEach(([name, value]) => { typed[name] = [...(typed[name] || []), value]; });
    const sent = { state: "waiting", fields: keyed, typed, labels: { ...of.labels, ...labels }, why: [], tries: 0, next: 0 };
    return { ...of, ...sent, held: "", pressed: Date.now(), at: Date.now() };
  });

  // Not while it is on its way: it might arrive, and be changed here all the same.
  const takeBack = (id) => navigator.locks.request(SENDING, () => change(id, (text) => (
    text && { ...text, state: "typing", at: Date.now() })));
  const discard = (id) => navigator.locks.request(SENDING, () => change(id, () => null));

  async function answerTo(text) {
    const headers = { Accept: "application/json", "Carebus-Typed-By": text.who };
    const body = new URLSearchParams(text.fields);
    const signal = AbortSignal.timeout(PATIENCE);
    try {
      const answer = await fetch(text.path, { method: "POST", body, headers, redirect: "manual", cache: "no-store", signal });
      return { status: answer.status, told: await answer.json().catch(() => null) };
    } catch {
      return { status: 0, told: null };
    }
  }

  // Only an answer of the service itself counts: a portal's on the way, or half of one, is as good as none.
  function judged({ status, told }) {
    if (status === 200 && told && told.visit_id) return "done";
    if (status === 401) return "away";
    if (status >= 400 && status < 500 && told && told.status === status && !AGAIN.includes(status)) return "refused";
    return "again";
  }

  const reasons = (told) => (told.errors && told.errors.length
    ? told.errors.map((error) => ({ field: error.field || "", rule: error.rule }))
    : [{ field: "", rule: told.detail || told.title }]);

  async function send(text, force) {
    const answer = await answerTo(text);
    const became = judged(answer);
    if (became === "done") {
      await change(text.id, () => null);
      tell({ done: text.id, title: text.title });
    } else if (became === "refused" && answer.told.code === "idempotency_key_reused" && !text.renewed) {
      // Something else arrived under this key before: what this says is another command, and is to be judged as one.
      const key = crypto.randomUUID();
      const fields = text.fields.map(([name, value]) => [name, name === "idempotency_key" ? key : value]);
      const renewed = { ...text, key, fields, renewed: true };
      await change(text.id, (now) => now && renewed);
      return send(renewed, force);
    } else if (became === "refused") {
      await change(text.id, (now) => now && { ...now, state: "refused", why: reasons(answer.told) });
    } else {
      const tries = text.tries + (force ? 0 : 1);  // what was tried because somebody asked is no reason to wait longer
      const next = Date.now() + Math.min(A_MOMENT * 2 ** tries, MOST_WAIT);
      await change(text.id, (now) => now && { ...now, tries, next, held: became === "away" ? "sign-in" : "network" });
      if (became === "away" && answer.told?.code !== "typed_by_another") await forgetPages();
    }
    return became;
  }

  // In the order in which they were pressed, by one tab or worker at a time; gives how many are left.
  const sendAll = (force) => navigator.locks.request(SENDING, async () => {
    const stopped = new Set();
    for (const { id } of (await waiting()).filter((text) => force || text.next <= Date.now())) {
      const text = await textOf(id);
      if (!text || text.state !== "waiting" || stopped.has(text.who) || stopped.has("all")) continue;
      const became = await send(text, force);
      if (became === "again") stopped.add("all");
      if (became === "away") stopped.add(text.who);
    }
    return (await waiting()).length;
  });

  async function waiting() {
    const texts = (await allTexts()).filter((text) => text.state === "waiting");
    return texts.sort((one, other) => one.pressed - other.pressed);
  }

  // Tries again by itself as long as a page is open, when the network is back, and where a browser can, without a page.
  let timer = 0;
  async function keepSending(force) {
    clearTimeout(timer);
    if (!(await waiting()).length) return;
    const sync = (await navigator.serviceWorker.getRegistration())?.sync;
    sync?.register("carebus-send").catch(() => {});
    if (await sendAll(force)) {
      const soonest = Math.min(...(await waiting()).map((text) => text.next));
      timer = setTimeout(keepSending, Math.max(1000, soonest - Date.now()));
    }
  }

  const isYoung = (at) => at > Date.now() - LONGEST && at <= Date.now() + A_MOMENT;

  async function dayNow() {
    const day = await within(DAYS, "readonly", (store) => store.get("today"));
    return day && isYoung(day.at) ? day : null;
  }

  // The pages of a day are those that were listed last, of whoever is signed in.
  async function beginDay(who, paths) {
    const before = await dayNow();
    if (before && before.who !== who) await forgetPages();
    await within(DAYS, "readwrite", (store) => store.put({ id: "today", who, paths, at: Date.now() }));
  }

  async function forgetPages() {
    await within(DAYS, "readwrite", (store) => store.clear());
    await caches.delete(PAGES);
    tell({ forgotten: true });
  }

  async function forgetAll() {
    await forgetPages();
    await caches.delete(FILES);
    await new Promise((resolve) => {
      const asked = indexedDB.deleteDatabase(DATABASE);
      asked.onsuccess = asked.onerror = asked.onblocked = resolve;
    });
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.unregister();
  }

  const works = () => "indexedDB" in self && "caches" in self && !!navigator.locks && !!navigator.serviceWorker;

  self.carebusKept = {
    PAGES, FILES, STAMP, works, isYoung, idOf, textOf, allTexts, type, press, takeBack, discard, sendAll, keepSending, dayNow,
    beginDay, forgetPages, forgetAll, onNews: (hears) => listeners.push(hears),
  };
})();
