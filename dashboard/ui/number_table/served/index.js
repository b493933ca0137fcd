// A table of numbers: see dashboard/ui/number_table/__init__.py. Words are only ever set as text.

const tables = new WeakMap()
const NARROW = "(max-width: 640px)"
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }

function element(tag, className, words) {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (words) made.textContent = words
  return made
}

function heading(scope, label) {
  const made = element("th", "", label)
  made.scope = scope
  return made
}

function shades(host) {
  const told = getComputedStyle(host).getPropertyValue("--st-chart-sequential-colors")
  return told.split(/,(?![^(]*\))/).map(each => each.trim()).filter(Boolean)
}

// A whole number, or NaN: "0-7" and "*" are none.
function number(words) {
  return /^\d+$/.test(words) ? Number(words) : NaN
}

function most(data) {
  const numbers = data.cells.flatMap((line, y) => line.filter((_, x) => inside(data, y, x)).map(number))
  return Math.max(1, ...numbers.filter(each => !isNaN(each)))
}

function inside(data, y, x) {
  return data.rows[y][0] !== null && data.columns[x][0] !== null
}

function shade(cell, words, ramp, top) {
  const many = number(words)
  if (many > 0 && ramp.length) {
    cell.style.backgroundColor = ramp[Math.min(ramp.length - 1, Math.floor((many / top) * (ramp.length - 1)))]
    cell.classList.add("shaded")
  } else if (words === "*") cell.classList.add("withheld")
  else cell.classList.add("quiet")
}

function cellOf(table, data, y, x, ramp, top) {
  const words = data.cells[y][x]
  const cell = element("td", inside(data, y, x) ? "" : "total")
  if (data.shaded && inside(data, y, x)) shade(cell, words, ramp, top)
  if (!data.pick || !inside(data, y, x)) {
    cell.textContent = words
    return cell
  }
  const button = element("button", "", words)
  button.type = "button"
  button.tabIndex = -1
  button.dataset.at = `${y} ${x}`
  button.setAttribute("aria-label", `${data.rows[y][1]}, ${data.columns[x][1]}: ${words}`)
  button.onclick = () => {
    choose(table, button)
    table.send("picked", [data.rows[y][0], data.columns[x][0]])
  }
  cell.append(button)
  return cell
}

// One stop for the Tab key; arrows go from cell to cell.
function choose(table, button) {
  for (const each of table.root.querySelectorAll('[aria-current="true"]')) each.removeAttribute("aria-current")
  button.setAttribute("aria-current", "true")
  stand(table, button)
}

function stand(table, button) {
  for (const each of table.root.querySelectorAll('td button[tabindex="0"]')) each.tabIndex = -1
  button.tabIndex = 0
}

function keys(table, event) {
  const step = STEPS[event.key]
  const at = event.target.dataset?.at
  if (!step || !at || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  const [y, x] = at.split(" ").map(Number)
  const next = table.root.querySelector(`button[data-at="${y + step[0]} ${x + step[1]}"]`)
  if (!next) return
  stand(table, next)
  next.focus()
}

function drawn(table, data, host) {
  const grid = element("table")
  grid.append(element("caption", "", data.about))
  const head = element("tr")
  head.append(heading("col", data.corner), ...data.columns.map(([, label]) => heading("col", label)))
  const top = element("thead")
  top.append(head)
  const body = element("tbody")
  const ramp = data.shaded ? shades(host) : []
  const greatest = data.shaded ? most(data) : 1
  data.rows.forEach(([, label], y) => {
    const line = element("tr")
    line.append(heading("row", label), ...data.columns.map((_, x) => cellOf(table, data, y, x, ramp, greatest)))
    body.append(line)
  })
  grid.append(top, body)
  const scrolled = element("div", "scrolled")
  scrolled.tabIndex = 0
  scrolled.setAttribute("role", "region")
  scrolled.setAttribute("aria-label", data.summary || data.corner)
  scrolled.append(grid)
  scrolled.onkeydown = event => keys(table, event)
  const first = scrolled.querySelector("td button")
  if (first) first.tabIndex = 0
  return scrolled
}

function draw(table, data, host) {
  // On a narrow window nothing else shows the numbers.
  const folds = data.summary && !matchMedia(NARROW).matches
  const heads = folds || !data.summary ? [] : data.heads.map(words => element("p", "", words))
  table.root.replaceChildren(...heads, folds ? folded(table, data, host) : drawn(table, data, host))
}

// What is in it is drawn once it is opened: a cell each, of which there may be a thousand.
function folded(table, data, host) {
  const made = element("details")
  made.append(element("summary", "", data.summary))
  made.open = table.open ?? false
  if (made.open) made.append(drawn(table, data, host))
  made.ontoggle = () => {
    table.open = made.open
    if (made.open && made.childElementCount === 1) made.append(drawn(table, data, host))
  }
  return made
}

export default function ({ data, parentElement, setTriggerValue }) {
  const table = tables.get(parentElement) ?? {}
  table.root = parentElement.querySelector(".lnb-numbers")
  table.send = setTriggerValue
  tables.set(parentElement, table)
  const said = JSON.stringify(data)
  if (said !== table.said) {
    table.said = said
    draw(table, data, parentElement)
  }
  return () => tables.delete(parentElement)
}
