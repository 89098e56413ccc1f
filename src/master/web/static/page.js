// Keeps an open page up to date: when the master tells that something has changed, the page is asked for again and the parts
// marked `data-live` are replaced. A log gets the lines that came. All of it works without this script, by reloading.

const GAP_MS = 500;
const CLOCK_MS = 30_000;
const LOG_LINES_KEPT = 5000;
/** So near to its end, a page goes on showing the end. */
const NEAR_END_PX = 80;

const eventsPath = document.body.dataset.events;
const live = document.getElementById("live");
let stream;
let isAsking = false;
let isStale = false;

async function ask(path) {
  const response = await fetch(path, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(`${response.status}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

async function refresh() {
  isStale = true;
  if (isAsking) return;
  isAsking = true;
  while (isStale) {
    isStale = false;
    try {
      const log = document.querySelector("#log[data-next][data-at-end=yes]");
      const fresh = await ask(log ? log.dataset.next : location.href);
      replaceParts(fresh);
      if (log) await follow(log, fresh.getElementById("log"));
    } catch {
      // the stream says so too when the master is gone, and tries again
    }
    await new Promise((resolve) => setTimeout(resolve, GAP_MS));
  }
  isAsking = false;
}

function replaceParts(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (!other || other.innerHTML === part.innerHTML) continue;
    const focused = part.contains(document.activeElement) ? traitsOf(document.activeElement) : undefined;
    part.replaceChildren(...document.adoptNode(other).childNodes);
    if (focused === undefined) continue;
    [...part.querySelectorAll("a, button, input")].find((element) => traitsOf(element) === focused)?.focus();
  }
}

function traitsOf(element) {
  return [element.localName, element.getAttribute("href"), element.form?.action, element.textContent].join(" ");
}

async function follow(log, fresh) {
  if (!fresh) return;
  const toEnd = document.documentElement.scrollHeight - window.innerHeight - window.scrollY < NEAR_END_PX;
  if (fresh.dataset.atEnd === "no") {
    // more came than one window holds: go on with the last one
    const tail = (await ask(log.dataset.tail)).getElementById("log");
    if (tail) become(log, tail, true);
  } else {
    become(log, fresh, false);
  }
  while (log.childElementCount > LOG_LINES_KEPT) log.firstElementChild.remove();
  if (toEnd) window.scrollTo(window.scrollX, document.documentElement.scrollHeight);
}

function become(log, fresh, isAll) {
  const lines = [...fresh.children];
  if (isAll || !lines[0]?.id) log.replaceChildren(...lines);
  // the last line may have grown, and an empty log has a sentence in its place
  else {
    const known = document.getElementById(lines[0].id) ?? log.querySelector(":scope > p");
    known?.remove();
    log.append(...lines);
  }
  for (const key of ["next", "atEnd"]) {
    if (fresh.dataset[key] === undefined) delete log.dataset[key];
    else log.dataset[key] = fresh.dataset[key];
  }
}

function say(text) {
  if (live && live.textContent !== text) live.textContent = text;
}

function open() {
  if (stream || document.hidden) return;
  stream = new EventSource(eventsPath);
  stream.addEventListener("open", () => {
    say("Live: what changes is shown at once.");
    // what has changed meanwhile was not told
    void refresh();
  });
  stream.addEventListener("message", () => void refresh());
  stream.addEventListener("error", () => {
    say("The master does not answer; trying again.");
    if (stream?.readyState === EventSource.CLOSED) close();
  });
}

// A browser has six connections to a server, for all of its tabs: those that nobody sees give theirs back.
function close() {
  stream?.close();
  stream = undefined;
}

/** A link to a line may come from a page that showed another part of the log. */
function goToLine() {
  const line = /^#L([1-9]\d*)$/.exec(location.hash);
  const log = document.getElementById("log");
  if (!line || !log || document.getElementById(line[0].slice(1))) return;
  const before = new URLSearchParams(location.search).get("from");
  if (before !== line[1]) location.replace(`${location.pathname}?from=${line[1]}${location.hash}`);
}

if (eventsPath) {
  open();
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  setInterval(() => {
    if (document.hidden) return;
    open();
    void refresh();
  }, CLOCK_MS);
}
goToLine();
window.addEventListener("hashchange", goToLine);
