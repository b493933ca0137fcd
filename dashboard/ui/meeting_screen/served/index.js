// One item of a meeting, large: see dashboard/ui/meeting_screen/__init__.py for what it holds.
// Words come from people, so they are only ever set as text.

const drawnAs = new WeakMap()
const WAYS = { back: "Back", carry: "Carry over", next: "Next" }
const KEYS = { ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back" }
const FIELDS = "input, textarea, select, button, a, summary, [contenteditable], [role=combobox], [role=dialog], [role=tab]"
const TICK = 10_000
const SIZES = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5]
// A key held down, or a second tap, is not a second step.
const REST = 700

function element(tag, className, words) {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (words) made.textContent = words
  return made
}

function listed(className, words) {
  const list = element("ul", className)
  list.append(...words.map(each => element("li", "", each)))
  return list
}

function clock(data) {
  const made = element("p", "clock")
  // A screen reader is not told of every tick.
  made.setAttribute("aria-hidden", "true")
  const tick = () => {
    const gone = Math.max(0, Math.floor((Date.now() - data.since) / 60_000))
    made.textContent = `${gone} of ${data.minutes} min`
    made.classList.toggle("over", gone >= data.minutes)
  }
  tick()
  return { made, timer: setInterval(tick, TICK) }
}

function go(state, way) {
  if (!state.data.goes.includes(way) || performance.now() - state.wentAt < REST) return
  state.wentAt = performance.now()
  state.send("went", way)
}

function onWhole(state) {
  state.whole.textContent = document.fullscreenElement ? "Leave full screen" : "Full screen"
  fit(state)
}

// In full screen nothing is cut as long as smaller letters can prevent it.
function fit({ host }) {
  host.style.removeProperty("--fit")
  if (document.fullscreenElement !== host) return
  for (const size of SIZES) {
    host.style.setProperty("--fit", size)
    if (host.scrollHeight <= host.clientHeight) return
  }
}

function ways(state) {
  const row = element("div", "ways")
  for (const way of Object.keys(WAYS)) {
    if (!state.data.goes.includes(way)) continue
    const button = element("button", way, WAYS[way])
    button.type = "button"
    button.onclick = () => go(state, way)
    row.append(button)
  }
  const whole = element("button", "whole")
  whole.type = "button"
  whole.textContent = document.fullscreenElement ? "Leave full screen" : "Full screen"
  state.whole = whole
  whole.onclick = () => (document.fullscreenElement ? document.exitFullscreen() : state.host.requestFullscreen())
  row.append(whole)
  return row
}

function draw(state) {
  const { data, root } = state
  clearInterval(state.timer)
  const section = root.querySelector("section")
  const focused = root.activeElement?.className
  section.setAttribute("aria-label", "Item under discussion")
  section.className = data.shared ? "shared" : ""
  const top = element("div", "top")
  top.append(element("p", "head", data.head))
  if (data.since) {
    const { made, timer } = clock(data)
    state.timer = timer
    top.append(made)
  }
  const title = element("h2", "", data.title)
  const badges = element("p", "badges")
  badges.append(...data.badges.map(([words, tone]) => element("span", `badge ${tone}`, words)))
  if (data.leaving) badges.append(element("span", "leaving", data.leaving))
  section.replaceChildren(top, title)
  if (data.line) section.append(element("p", "line", data.line))
  if (badges.childElementCount) section.append(badges)
  if (data.question) section.append(element("p", "question", data.question))
  const why = element("div"), now = element("div")
  if (data.why.length) why.append(listed("why", data.why))
  for (const fact of [data.changed, data.step]) if (fact) now.append(element("p", "fact", fact))
  if (data.notes.length) now.append(listed("notes", data.notes))
  const body = element("div", "body")
  body.append(...[why, now].filter(part => part.childElementCount))
  section.append(body)
  if (data.after) section.append(element("p", "after", data.after))
  section.append(ways(state))
  fit(state)
  if (focused) root.querySelector(`.${CSS.escape(focused.split(" ")[0])}`)?.focus?.()
}

function onKey(state, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return
  const [target] = event.composedPath()
  const inside = state.root.contains(target)
  if (!inside && target.closest?.(FIELDS)) return
  const way = KEYS[event.key]
  if (!way) return
  event.preventDefault()
  go(state, way)
}

export default function ({ data, parentElement, setTriggerValue }) {
  const state = drawnAs.get(parentElement) ?? { root: parentElement, host: parentElement.host ?? parentElement, wentAt: -REST }
  const isNew = !drawnAs.has(parentElement)
  drawnAs.set(parentElement, state)
  state.send = setTriggerValue
  state.data = data
  if (isNew) {
    state.onKey = event => onKey(state, event)
    document.addEventListener("keydown", state.onKey)
    state.onWhole = () => onWhole(state)
    document.addEventListener("fullscreenchange", state.onWhole)
    addEventListener("resize", state.onWhole)
  }
  const words = JSON.stringify(data)
  if (words !== state.words) {
    state.words = words
    draw(state)
  }
  return () => {
    clearInterval(state.timer)
    document.removeEventListener("keydown", state.onKey)
    document.removeEventListener("fullscreenchange", state.onWhole)
    removeEventListener("resize", state.onWhole)
    drawnAs.delete(parentElement)
  }
}
