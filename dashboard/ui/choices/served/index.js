// A bar of choices: see dashboard/ui/choices/__init__.py. Words are only ever set as text.

const bars = new WeakMap()
const STEPS = { ArrowLeft: -1, ArrowRight: 1 }

function choice(bar, code, words) {
  const made = document.createElement("button")
  made.type = "button"
  made.textContent = words
  made.dataset.code = code
  made.onclick = () => {
    if (bar.data.panel && bar.data.chosen.includes(code)) return
    bar.send("picked", code)
  }
  return made
}

function mark(bar, button) {
  const chosen = bar.data.chosen.includes(button.dataset.code)
  if (!bar.data.panel) {
    button.setAttribute("aria-pressed", String(chosen))
    return
  }
  button.setAttribute("role", "tab")
  button.setAttribute("aria-selected", String(chosen))
  // One stop for the Tab key; arrows go from one to the next.
  button.tabIndex = chosen ? 0 : -1
}

function keys(bar, event) {
  const buttons = [...bar.root.children]
  const at = buttons.indexOf(event.target)
  const step = STEPS[event.key]
  if (!bar.data.panel || at < 0 || !step || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  const next = buttons[(at + step + buttons.length) % buttons.length]
  next.focus()
  next.click()
}

function draw(bar) {
  const { options, label, panel, chosen } = bar.data
  const said = JSON.stringify(options)
  if (said !== bar.said) {
    bar.said = said
    bar.root.replaceChildren(...options.map(([code, words]) => choice(bar, code, words)))
  }
  bar.root.setAttribute("role", panel ? "tablist" : "group")
  bar.root.setAttribute("aria-label", label)
  bar.root.onkeydown = event => keys(bar, event)
  for (const button of bar.root.children) mark(bar, button)
  if (panel) namePanel(bar, 60)
}

// Streamlit may draw it a few frames later than the bar.
function namePanel(bar, frames) {
  const { options, panel, chosen } = bar.data
  const held = document.querySelector(`.st-key-${panel}`)
  if (held) {
    held.setAttribute("role", "tabpanel")
    held.setAttribute("aria-label", options.find(([code]) => chosen.includes(code))?.[1] ?? "")
  } else if (frames) requestAnimationFrame(() => namePanel(bar, frames - 1))
}

export default function ({ data, parentElement, setTriggerValue }) {
  const bar = bars.get(parentElement) ?? {}
  bar.root = parentElement.querySelector(".choices")
  bar.send = setTriggerValue
  bars.set(parentElement, bar)
  const said = JSON.stringify(data)
  if (said === bar.drawn) return
  bar.drawn = said
  bar.data = data
  draw(bar)
}
