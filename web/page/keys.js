// Keys for what is done often, and the dialog that lists them.
import { me } from './api.js'
import { byId, h, recall, remember } from './dom.js'

// Each is the action's name, its keys, how they are shown, and what they do.
// A view says which actions it has.
const shortcuts = [
  ['add', ['n'], ['n'], 'Write a new entry'],
  ['filter', ['/'], ['/'], 'Find or begin a list'],
  ['next', ['j'], ['j', '↓'], 'Go to the next entry or list'],
  ['previous', ['k'], ['k', '↑'], 'Go to the one before'],
  ['toggle', ['x'], ['x', 'Space'], 'Mark the entry as done, or as open again'],
  ['edit', ['e'], ['e', 'Enter'], 'Edit the entry'],
  ['remove', ['d', 'Delete'], ['d', 'Delete'], 'Delete the entry'],
  ['undo', ['u'], ['u'], 'Undo the latest change of the list'],
  ['redo', ['r'], ['r'], 'Redo what was undone'],
  ['month', ['m'], ['m'], 'Show the month, or the days again'],
  ['today', ['t'], ['t'], 'Show today in its month'],
  ['earlier', ['PageUp'], ['Page Up'], 'In a month: the month before'],
  ['later', ['PageDown'], ['Page Down'], 'In a month: the month after'],
  ['lists', ['l'], ['l'], 'Show all lists'],
  ['help', ['?'], ['?'], 'Show these keys'],
]

// These do the same on an entry itself; anywhere else they scroll or press.
const onEntry = { ArrowDown: 'next', ArrowUp: 'previous', ' ': 'toggle', Enter: 'edit' }

const changes = ['add', 'toggle', 'edit', 'remove', 'undo', 'redo']

const dialog = byId('help')
const keysOn = byId('keys-on')
const common = { help: () => dialog.open || dialog.showModal(), lists: () => (location.hash = '#/') }
let actions = {}

// use takes a view's actions. The dialog leaves out what this person may not do.
export function use(view) {
  actions = { ...common, ...view }
  for (const row of dialog.querySelectorAll('[data-changes]')) row.hidden = me.readOnly
}

const typing = target => target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable]')

function actionOf(event) {
  if (event.target.matches?.('[data-row]') && onEntry[event.key]) return onEntry[event.key]
  return shortcuts.find(([, keys]) => keys.includes(event.key))?.[0]
}

document.addEventListener('keydown', event => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return
  if (!keysOn.checked || document.querySelector('dialog[open]') || typing(event.target)) return
  const action = actions[actionOf(event)]
  if (!action) return
  event.preventDefault()
  action()
})

dialog.querySelector('tbody').append(...shortcuts.map(([name, , shown, what]) =>
  h('tr', { 'data-changes': changes.includes(name) }, h('td', {}, shown.map(key => h('kbd', {}, key))), h('td', {}, what))))
byId('help-button').addEventListener('click', common.help)
keysOn.checked = recall('localStorage', 'keys') ?? true
keysOn.addEventListener('change', () => remember('localStorage', 'keys', keysOn.checked))
use({})
