// Which view an address shows, and the line that tells of the connection.
import { connection, me, recognize, unspeakable } from './api.js'
import { leaveAsk } from './ask.js'
import { byId, count, h } from './dom.js'
import * as keys from './keys.js'
import { ListView, address, partOf } from './list.js'
import { Login, hideMe, showMe } from './login.js'
import { cannotKeep, flush, open, outbox, refused, waiting } from './outbox.js'
import { Overview } from './overview.js'

const main = byId('main')
let view
let name // of what the view shows

// show replaces the view, unless it is the one for this name already.
function show(wanted, make) {
  if (name === wanted) return
  view?.close()
  name = wanted
  view = make()
}

function route() {
  if (name === 'login' || me.id === undefined) return
  const [path, query] = location.hash.slice(1).split('?')
  const [, word, list, ...rest] = path.split('/').map(decoded)
  if (word === 'list' && unspeakable(list)) {
    show(`none ${list}`, () => refuse(list))
  } else if (word === 'list' && list) {
    show(`list ${list}`, () => new ListView(main, list))
    view.go(partOf(rest))
  } else {
    const filter = new URLSearchParams(query).get('filter') ?? ''
    show('lists', () => new Overview(main, filter))
    view.go(filter)
  }
  keys.use(view.keys())
}

// refuse shows nothing of a list that a browser can't ask for: it would be given
// what is another's.
function refuse(list) {
  document.title = 'todoshell'
  main.replaceChildren(h('div', { class: 'head' }, h('a', { href: '#/', class: 'up' }, 'All lists'), h('h1', { tabindex: -1 }, list)),
    h('p', { class: 'empty' }, `A browser can't ask for a list named “${list}”: use the shell for it.`))
  return { keys: () => ({}), close() {} }
}

function decoded(part) {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

window.addEventListener('hashchange', () => {
  const before = view
  route()
  if (view !== before) {
    window.scrollTo(0, 0)
    main.querySelector('h1')?.focus({ preventScroll: true })
  }
})

// begin finds out who is there before it shows anything.
async function begin() {
  try {
    if (me.id === undefined) await recognize()
  } catch (problem) {
    if (problem.status !== 401) main.replaceChildren(h('p', { class: 'empty' }, `${problem.message}.`))
    return
  }
  name = undefined
  open()
  showMe()
  route()
  tell()
  flush()
}

connection.addEventListener('login', () => {
  show('login', () => new Login(main, begin))
  leaveAsk()
  hideMe()
  keys.use(view.keys())
  tell()
})

// tell says whether there is a connection, and what has not been sent.
function tell() {
  const lines = []
  const stranger = name === 'login'
  const unsent = stranger ? [] : waiting()
  const others = stranger ? [] : [...new Set(refused().map(item => item.list))].filter(list => name !== `list ${list}`)
  if (!connection.up) lines.push(`The server cannot be reached. What you change is kept ${cannotKeep() ? 'until you close or reload the page' : 'in this browser'} and sent when it is back.`)
  if (!connection.up && unsent.length) lines.push(` ${count(unsent.length, 'change', 'changes')} waiting.`)
  if (others.length) lines.push(' Not saved: ', ...others.flatMap((list, i) => [i ? ', ' : '', h('a', { href: address(list) }, h('bdi', {}, list))]), '.')
  const notice = byId('notice')
  const words = JSON.stringify([lines.map(line => line.textContent ?? line)])
  if (notice.dataset.words !== words) {
    notice.dataset.words = words
    notice.replaceChildren(...lines)
    notice.hidden = lines.length === 0
  }
  const link = byId('link')
  link.hidden = stranger
  link.classList.toggle('down', !connection.up)
  link.textContent = connection.up ? (unsent.length ? 'Saving…' : 'Up to date') : 'Offline'
}

connection.addEventListener('change', tell)
connection.addEventListener('change', () => connection.up && me.id === undefined && begin())
outbox.addEventListener('change', tell)
window.addEventListener('hashchange', tell)
document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault()
  main.focus()
})

begin()
