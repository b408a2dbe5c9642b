// The dialog for one entry's title and date. What is typed in it survives a
// reload of the page.
import { own } from './api.js'
import { byId, enterSends, recall, remember } from './dom.js'
import { longName } from './dates.js'
import { enqueue, remove, sameText } from './outbox.js'

const store = 'sessionStorage'
const name = () => own('edit')
const most = 4096 // bytes of a title

const field = { title: byId('editor-title'), date: byId('editor-date') }
const dialog = byId('editor')
const other = byId('editor-other')
const errorLine = byId('editor-error')

let open // {draft, title, shown}: the draft as it was opened, its title, and that as the field shows it

// wrong says why what was typed can be no entry. The server would say the same
// later, when the person is elsewhere.
export function wrong(title, date) {
  const bytes = new TextEncoder().encode(title).length
  if (!title.trim()) return 'The title is empty: say what there is to do.'
  if (bytes > most) return `The title has ${bytes.toLocaleString('en')} bytes: ${most.toLocaleString('en')} is the most.`
  if (date.validity.badInput) return 'The date is not complete: fill it in, or clear it.'
  if (!date.validity.valid) return 'Dates go from 0001-01-01 to 9999-12-31.'
  return ''
}

// edit lets a person change a draft: {list, title, date, id?, base?, current?,
// key?}. Base is the entry as they see it; without one the draft becomes a new
// entry. Current is what someone else has made of it, key the refused change
// that it comes from.
export function edit(draft) {
  if (dialog.open) return
  other.replaceChildren()
  errorLine.textContent = ''
  field.title.value = draft.title
  field.date.value = draft.date ?? ''
  // A text field changes line ends: a title that nobody touched stays as it is.
  open = { draft, title: draft.title, shown: field.title.value }
  remember(store, name(), draft)
  dialog.showModal()
  field.title.focus()
  if (draft.current) tellOther(draft.current)
}

// resume opens the draft that a reload interrupted.
export function resume(list) {
  const draft = recall(store, name())
  if (draft?.list === list) edit(draft)
}

// elsewhere tells who is editing an entry that it is different now.
export function elsewhere(list, entry, gone) {
  if (!dialog.open || open.draft.list !== list || open.draft.id !== entry.id) return
  if (gone) other.textContent = 'This entry was deleted elsewhere meanwhile. If you save, your text is kept.'
  else if (!sameText(entry, open.draft.base)) tellOther(entry)
}

function tellOther(entry) {
  const title = document.createElement('bdi')
  title.textContent = entry.title
  other.replaceChildren('Changed elsewhere meanwhile. It is now: ', title, ` (${longName(entry.date)}).`)
}

function typed() {
  const title = field.title.value === open.shown ? open.title : field.title.value.trim()
  return { ...open.draft, title, date: field.date.value || null }
}

function keep({ key, list, id, base, title, date }) {
  if (key) remove(key)
  if (!base) enqueue({ kind: 'add', list, title, date })
  else if (!sameText(base, { title, date })) enqueue({ kind: 'edit', list, id, base, title, date })
}

function finish() {
  remember(store, name())
  dialog.close()
}

// leave closes the dialog because another view comes. The draft stays for the
// next time the list is shown.
export const leave = () => dialog.close()

dialog.addEventListener('input', () => remember(store, name(), typed()))
dialog.addEventListener('cancel', () => remember(store, name()))
byId('editor-cancel').addEventListener('click', finish)
byId('editor-undated').addEventListener('click', () => {
  field.date.value = ''
  remember(store, name(), typed())
})
enterSends(field.title)
dialog.querySelector('form').addEventListener('submit', event => {
  event.preventDefault()
  const problem = wrong(field.title.value, field.date)
  errorLine.textContent = problem
  if (problem) return
  keep(typed())
  finish()
})
