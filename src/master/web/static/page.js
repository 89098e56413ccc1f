// Keeps an open page up to date: when the master reports a change, the page is requested again and the parts marked
// `data-live` are replaced. New lines are appended to a log. Without this script, reloading does the same.

const GAP_MS = 500;
const CLOCK_MS = 30_000;
const LOG_LINES_KEPT = 5000;
/** A page scrolled this close to its end keeps showing the end. */
const NEAR_END_PX = 80;

const localTime = new Intl.DateTimeFormat(undefined, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});
const eventsPath = document.body.dataset.events;
const live = document.getElementById("live");
let stream;
let isFetching = false;
let isStale = false;

async function fetchPage(path) {
  const response = await fetch(path, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(`${response.status}`);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  makeTimesLocal(fresh);
  return fresh;
}

/** Times of the reader's own zone, instead of UTC. */
function makeTimesLocal(root) {
  for (const element of root.querySelectorAll("time[datetime$=Z]")) {
    const text = localTime.format(new Date(element.dateTime));
    if (element.title) element.title = text;
    else element.textContent = text;
  }
}

/** The title and the icon show the result. */
function showState(fresh) {
  document.title = fresh.title;
  const [icon, freshIcon] = [document, fresh].map((page) => page.querySelector("link[rel=icon]"));
  if (icon && freshIcon && icon.href !== freshIcon.href) icon.href = freshIcon.href;
}

async function refresh() {
  isStale = true;
  if (isFetching) return;
  isFetching = true;
  while (isStale) {
    isStale = false;
    try {
      const log = document.querySelector("#log[data-next][data-at-end=yes]");
      const fresh = await fetchPage(log ? log.dataset.next : location.href);
      showState(fresh);
      replaceParts(fresh);
      if (log) await follow(log, fresh.getElementById("log"));
    } catch {
      // the event stream reports a lost master, and reconnects
    }
    await new Promise((resolve) => setTimeout(resolve, GAP_MS));
  }
  isFetching = false;
}

function replaceParts(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (!other || other.innerHTML === part.innerHTML) continue;
    for (const { id } of part.querySelectorAll("details[open][id]"))
      other.querySelector(`#${id}`)?.setAttribute("open", "");
    const focused = part.contains(document.activeElement) ? identityOf(document.activeElement) : undefined;
    part.replaceChildren(...document.adoptNode(other).childNodes);
    if (focused === undefined) continue;
    [...part.querySelectorAll("a, button, input, summary")].find((element) => identityOf(element) === focused)?.focus();
  }
}

function identityOf(element) {
  return [element.localName, element.getAttribute("href"), element.form?.action, element.textContent].join(" ");
}

async function follow(log, fresh) {
  if (!fresh) return;
  const toEnd = document.documentElement.scrollHeight - window.innerHeight - window.scrollY < NEAR_END_PX;
  if (fresh.dataset.atEnd === "no") {
    // more lines than one window holds: continue with the last window
    const tail = (await fetchPage(log.dataset.tail)).getElementById("log");
    if (tail) updateLines(log, tail, true);
  } else {
    updateLines(log, fresh, false);
  }
  while (log.childElementCount > LOG_LINES_KEPT) log.firstElementChild.remove();
  if (toEnd) window.scrollTo(window.scrollX, document.documentElement.scrollHeight);
}

function updateLines(log, fresh, isAll) {
  const lines = [...fresh.children];
  const first = fresh.querySelector(".line");
  if (isAll || !first) log.replaceChildren(...lines);
  // the last line may have grown, and an empty log shows a sentence instead
  else {
    const known = document.getElementById(first.id) ?? log.querySelector(":scope > p");
    known?.remove();
    log.append(...lines);
  }
  for (const key of ["next", "atEnd"]) {
    if (fresh.dataset[key] === undefined) delete log.dataset[key];
    else log.dataset[key] = fresh.dataset[key];
  }
}

function showStatus(text) {
  if (live && live.textContent !== text) live.textContent = text;
}

function open() {
  if (stream || document.hidden) return;
  stream = new EventSource(eventsPath);
  stream.addEventListener("open", () => {
    showStatus("Updates live");
    // there were no events while the stream was closed
    void refresh();
  });
  stream.addEventListener("message", () => void refresh());
  stream.addEventListener("error", () => {
    showStatus("The master does not answer. Reconnecting …");
    if (stream?.readyState === EventSource.CLOSED) close();
  });
}

// A browser has six connections per server for all tabs, so hidden tabs close theirs.
function close() {
  stream?.close();
  stream = undefined;
}

/** A link to a line may have been made on a page that showed another part of the log. */
function goToLine() {
  const line = /^#L([1-9]\d*)$/.exec(location.hash);
  const log = document.getElementById("log");
  if (!line || !log) return;
  const shown = document.getElementById(line[0].slice(1));
  const fold = shown?.closest("details");
  if (fold && !fold.open) {
    fold.open = true;
    shown.scrollIntoView();
  }
  if (shown) return;
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
makeTimesLocal(document);
goToLine();
window.addEventListener("hashchange", goToLine);
