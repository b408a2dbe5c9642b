// The dialog that asks what to do. It begins with what changes nothing.
import { button, byId, h } from './dom.js'

const dialog = byId('ask')

// ask shows a question. Choices are [label, what it does]; the last one is to leave
// things as they are. It is false where the person is busy in another dialog.
export function ask(question, words, choices) {
  if (document.querySelector('dialog[open]')) return false
  const buttons = choices.map(([label, act], i) => button(label, { class: i ? 'plain' : 'main', onclick: () => {
    dialog.close()
    act?.()
  } }))
  byId('ask-heading').textContent = question
  byId('ask-words').replaceChildren(...words.map(line => h('p', { dir: 'auto' }, line)))
  byId('ask-choices').replaceChildren(...buttons)
  dialog.showModal()
  buttons.at(-1).focus()
  return true
}

export const leaveAsk = () => dialog.close()
