// The worker of a phone that may be without network: today's page and the visits it lists are asked of the network first,
// and shown as they were kept when it does not answer. It keeps nothing else, and nothing once somebody has signed out.
"use strict";
importScripts("kept.js");

const { PAGES, FILES, STAMP, isYoung, dayNow, forgetPages, sendAll } = self.carebusKept;
const OFFLINE = "<!-- carebus: offline -->";
const FILE = /(?:href|src)="([^"]*\/static\/carebus\/[^"]+\?v=[^"]+)"/g;
const PATIENCE = 6000;
const FRESH = 10 * 60 * 1000;
const ROOT = new URL(self.registration.scope).pathname;
let turn = 0;  // counts how often all was forgotten, so that nothing comes back that was on its way

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(Promise.all([self.clients.claim(), tidy()])));
self.addEventListener("sync", (event) => event.waitUntil(sync()));
self.addEventListener("message", (event) => {
  if (event.data === "keep") event.waitUntil(keepDay());
  if (event.data === "forget") { turn += 1; }
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const at = new URL(request.url);
  if (at.origin !== self.location.origin) return;
  if (at.pathname === `${ROOT}sign-out` || at.pathname === `${ROOT}sign-in`) event.waitUntil(forget());
  else if (request.method === "GET" && at.pathname.includes("/static/carebus/") && at.search.startsWith("?v=")) {
    event.respondWith(file(request));
  } else if (request.method === "GET" && request.mode === "navigate") event.respondWith(page(request, at));
});

async function sync() {
  if (await sendAll(true)) throw new Error("not all was sent");  // the browser tries again
}

function forget() {
  turn += 1;
  return forgetPages();
}

async function tidy() {
  const pages = await caches.open(PAGES);
  const paths = (await dayNow())?.paths || [];
  for (const request of await pages.keys()) {
    const copy = await pages.match(request, { ignoreVary: true });
    if (!isYoung(keptAt(copy)) || !paths.includes(new URL(request.url).pathname)) await pages.delete(request);
  }
}

const keptAt = (copy) => Number(copy.headers.get(STAMP));

async function copyOf(path) {
  const pages = await caches.open(PAGES);
  const copy = await pages.match(path, { ignoreVary: true });
  if (copy && isYoung(keptAt(copy))) return copy;
  if (copy) await pages.delete(path);
  return null;
}

async function keep(path, response, of) {
  const text = await response.text();
  const headers = new Headers(response.headers);
  ["content-encoding", "content-length", "set-cookie"].forEach((name) => headers.delete(name));
  headers.set(STAMP, String(Date.now()));
  const files = [...new Set([...text.matchAll(FILE)].map((found) => found[1]))];
  await (await caches.open(FILES)).addAll(await missing(files));
  if (of === turn) await (await caches.open(PAGES)).put(path, new Response(text, { headers }));
}

async function missing(files) {
  const kept = await caches.open(FILES);
  const there = await Promise.all(files.map((one) => kept.match(one, { ignoreVary: true })));
  return files.filter((_, n) => !there[n]);
}

async function file(request) {
  return (await (await caches.open(FILES)).match(request, { ignoreVary: true })) || fetch(request);
}

const isRefusal = (response) => response.type === "opaqueredirect" || response.status === 401 || response.status === 403;
const isPage = (response) => response.status === 200 && (response.headers.get("content-type") || "").startsWith("text/html");

// The copies of today's pages, made anew when they are old; the list itself always, since it has just been shown.
async function keepDay() {
  await tidy();
  const of = turn;
  for (const path of (await dayNow())?.paths || []) {
    const copy = await copyOf(path);
    if (copy && keptAt(copy) > Date.now() - FRESH) continue;
    const headers = { Accept: "text/html", "Carebus-Refresh": "1" };
    const response = await fetch(path, { headers, redirect: "manual", cache: "no-store" }).catch(() => null);
    if (!response) return;
    if (response.status === 401 || response.status === 403) { await forget(); return; }
    if (isPage(response)) await keep(path, response, of);
  }
}

async function page(request, at) {
  const day = await dayNow().catch(() => null);
  if (!day || at.search || !day.paths.includes(at.pathname)) return fetch(request).catch(() => nothing(day));
  const of = turn;
  const copy = await copyOf(at.pathname);
  const response = await answer(request, copy);
  if (!response || (response.status >= 500 && copy)) return copy ? shown(copy) : nothing(day);
  if (isRefusal(response)) await forget();
  else if (isPage(response)) await keep(at.pathname, response.clone(), of);
  else if (response.status === 404) await (await caches.open(PAGES)).delete(at.pathname);
  return response;
}

// Where there is a copy, a network that is there in name only is not waited for.
function answer(request, copy) {
  const asked = fetch(request).catch(() => null);
  const enough = new Promise((resolve) => { setTimeout(resolve, PATIENCE, null); });
  return copy ? Promise.race([asked, enough]) : asked;
}

async function shown(copy) {
  const at = keptAt(copy);
  const notice = '<div class="notice tone-warn" id="offline" role="status" data-as-of="' + at + '"><div>'
    + `<p><strong>Offline: as of ${clock(at)}.</strong> What you type is kept on this phone.</p></div></div>`;
  const text = (await copy.text()).replace(OFFLINE, notice);
  return new Response(text, { headers: copy.headers });
}

function clock(at) {
  const when = new Date(at);
  const hour = when.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit", hour12: false });
  const isToday = when.toDateString() === new Date().toDateString();
  return isToday ? hour : `${when.toLocaleDateString("en-US", { weekday: "short" })} ${hour}`;
}

async function nothing(day) {
  const style = (await (await caches.open(FILES)).keys()).find((one) => one.url.includes("carebus.css"));
  const link = style ? `<link rel="stylesheet" href="${new URL(style.url).pathname}${new URL(style.url).search}">` : "";
  const back = day ? `<p><a class="button" href="${day.paths[0]}">Today</a></p>` : "";
  const text = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Offline · Carebus</title>'
    + `<meta name="viewport" content="width=device-width, initial-scale=1">${link}</head><body><main id="content">`
    + `<h1>No network</h1><p>This page is not kept on this phone. Come back to it with network.</p>${back}</main></body></html>`;
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'self'" };
  return new Response(text, { status: 503, headers });
}
